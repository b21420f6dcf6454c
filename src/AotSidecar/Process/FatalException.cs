namespace AotSidecar.Process;

/// <summary>Ends the process before it is ready: becomes the <c>fatal</c> line on stdout and the exit code.</summary>
/// <param name="code">Such as <c>usage_error</c>; all of them: docs/contract.md#exit-codes.</param>
/// <param name="message">What to do about it, for a person; never a secret.</param>
internal sealed class FatalException(string code, int exitCode, string message) : Exception(message)
{
    public string Code { get; } = code;

    public int ExitCode { get; } = exitCode;

    public static FatalException Usage(string message) => new("usage_error", Process.ExitCode.Usage, message);
}
