namespace AotSidecar.Http;

/// <summary>
/// Socket continuations run on the thread that polls, instead of waking a worker for each. That halves the processor
/// time and the latency of a delta.
///
/// The price is a rule: nothing on that thread may take long, because its other sockets wait. Code that reads files,
/// walks thousands of items or streams without ever waiting moves to a worker first (<see cref="LeaveAsync"/>).
/// </summary>
internal static class SocketThreads
{
    /// <summary>
    /// The framework's only switch: an environment variable read before its first socket. Windows has no polling
    /// threads.
    /// </summary>
    private const string Switch = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Call before the first socket. Always set, so that the inherited environment does not decide.</summary>
    public static void ContinueWherePolled() => Environment.SetEnvironmentVariable(Switch, "1");

    /// <summary>Continues on a worker thread.</summary>
    public static System.Runtime.CompilerServices.YieldAwaitable LeaveAsync() => Task.Yield();
}
