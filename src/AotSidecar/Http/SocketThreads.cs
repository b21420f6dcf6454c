namespace AotSidecar.Http;

/// <summary>
/// Sockets are served where they are polled: what waits for bytes goes on with them on the polling thread, instead of being
/// handed to a worker that has to be woken for it. For a delta that is half of its processor time and of its way.
///
/// The price is a rule: nothing on that thread may take long, because the other sockets of it wait. What looks through files
/// or through thousands of items leaves it first, and so does a stream that has never to wait (<see cref="LeaveAsync"/>).
/// </summary>
internal static class SocketThreads
{
    /// <summary>The framework reads this variable before its first socket and has no other switch; Windows has no polling threads.</summary>
    private const string Switch = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Before the first socket. Set here, so that the environment decides nothing.</summary>
    public static void ContinueWherePolled() => Environment.SetEnvironmentVariable(Switch, "1");

    /// <summary>Goes on on a worker.</summary>
    public static System.Runtime.CompilerServices.YieldAwaitable LeaveAsync() => Task.Yield();
}
