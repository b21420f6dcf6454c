namespace AotSidecar.Hosting;

/// <summary>Ends the process before it is ready: becomes the <c>fatal</c> line on stdout and the exit code.</summary>
/// <param name="code">The contract's code, such as <c>usage_error</c>.</param>
/// <param name="message">What to do about it, for a person; never a secret.</param>
internal sealed class FatalException(string code, int exitCode, string message) : Exception(message)
{
    public string Code { get; } = code;

    public int ExitCode { get; } = exitCode;

    public static FatalException Usage(string message) => new("usage_error", Hosting.ExitCode.Usage, message);
}
