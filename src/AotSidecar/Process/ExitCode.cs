namespace AotSidecar.Process;

/// <summary>The process's exit codes: docs/contract.md#exit-codes.</summary>
internal static class ExitCode
{
    /// <summary>Asked to stop, or the host is gone.</summary>
    public const int Ok = 0;
    public const int InternalError = 1;
    public const int Usage = 2;
    public const int Bridge = 3;
    public const int CannotListen = 4;
}
