using AotSidecar;
using AotSidecar.Http;
using AotSidecar.Process;

ProcessHardening.Apply();
SocketThreads.ContinueWherePolled();
AppDomain.CurrentDomain.UnhandledException += (_, unhandled) => ProcessExit.Now(LastWords.Say(args, (Exception)unhandled.ExceptionObject));
try
{
    return await Commands.RunAsync(args);
}
#pragma warning disable CA1031 // the process's outermost edge: one line and an exit code instead of a crash report
catch (Exception e)
#pragma warning restore CA1031
{
    return LastWords.Say(args, e);
}
