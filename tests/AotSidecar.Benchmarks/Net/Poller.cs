using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace AotSidecar.Benchmarks.Net;

/// <summary>
/// Waits for many sockets on one thread. .NET's own asynchronous sockets would cost the two processors more context
/// switches than the servers under test, so the load would measure itself.
/// </summary>
internal sealed unsafe partial class Poller
{
    private const short Readable = 1;
    private const short Writable = 4;

    private readonly List<PollFd> _fds = [];

    public void Clear() => _fds.Clear();

    public void Watch(Socket socket, bool writable = false) => _fds.Add(
        new PollFd { Fd = (int)socket.Handle, Events = writable ? (short)(Readable | Writable) : Readable, Revents = 0 });

    /// <summary>True when the socket of that position has something to read, can be written, or has failed.</summary>
    public bool IsReady(int index) => _fds[index].Revents != 0;

    /// <param name="nanoseconds">How long to wait at most; the system call has this resolution, timers have not.</param>
    /// <returns>How many sockets are ready.</returns>
    public int Wait(long nanoseconds)
    {
        var wait = Math.Max(nanoseconds, 0);
        var timeout = new Timespec { Seconds = (nint)(wait / 1_000_000_000), Nanoseconds = (nint)(wait % 1_000_000_000) };
        fixed (PollFd* fds = CollectionsMarshal.AsSpan(_fds))
        {
            return PPoll(fds, (nuint)_fds.Count, &timeout, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "ppoll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int PPoll(PollFd* fds, nuint count, Timespec* timeout, nint signalMask);

    private struct PollFd
    {
        public int Fd;
        public short Events;
        public short Revents;
    }

    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
