using AotSidecar.Http;
using AotSidecar.Process;
using AotSidecar;

ProcessHardening.Apply();
SocketThreads.ContinueWherePolled();
try
{
    return await Commands.RunAsync(args);
}
catch (FatalException fatal)
{
    if (args is ["serve", ..] || Console.IsOutputRedirected)
    {
        LaunchLines.WriteFatal(Console.OpenStandardOutput(), fatal);
    }

    await Console.Error.WriteLineAsync(LaunchLines.Describe(fatal));
    return fatal.ExitCode;
}
#pragma warning disable CA1031 // the process's outermost edge: one line and an exit code instead of a crash report
catch (Exception e)
#pragma warning restore CA1031
{
    await Console.Error.WriteLineAsync($"aotsidecar: internal error {e.GetType().Name}{Environment.NewLine}{e.StackTrace}");
    return ExitCode.InternalError;
}
