using System.IO.Pipes;
using System.Net.Sockets;

namespace AotSidecar.NativeTests.Harness;

/// <summary>Where a host waits for its sidecar: a Unix socket, or a named pipe on Windows. The only place that knows which.</summary>
internal abstract class PipeListener : IDisposable
{
    /// <summary>What <c>--bridge</c> is given.</summary>
    public abstract string Path { get; }

    public static PipeListener Create() => OperatingSystem.IsWindows() ? new NamedPipe() : new UnixSocket();

    /// <summary>From here on a sidecar can connect.</summary>
    public abstract void Listen(int waiting);

    /// <summary>The next connection; null when this listener has been disposed.</summary>
    public abstract Task<Stream?> AcceptAsync();

    public abstract void Dispose();

    private sealed class UnixSocket : PipeListener
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aot-");
        private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        public override string Path => System.IO.Path.Combine(_folder.FullName, "b");

        public override void Listen(int waiting)
        {
            _socket.Bind(new UnixDomainSocketEndPoint(Path));
            _socket.Listen(waiting);
        }

        public override async Task<Stream?> AcceptAsync()
        {
            try
            {
                return new NetworkStream(await _socket.AcceptAsync(CancellationToken.None), ownsSocket: true);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return null;
            }
        }

        public override void Dispose()
        {
            _socket.Dispose();
            _folder.Delete(recursive: true);
        }
    }

    private sealed class NamedPipe : PipeListener
    {
        // what libuv gives the pipes of a Node host
        private const int BufferSize = 64 * 1024;

        private readonly CancellationTokenSource _disposed = new();
        private readonly string _name = $"aotsidecar-test-{Guid.NewGuid():N}";
        private NamedPipeServerStream? _next;

        public override string Path => @"\\.\pipe\" + _name;

        public override void Listen(int waiting) => _next = Open();

        public override async Task<Stream?> AcceptAsync()
        {
            var pipe = _next!;
            try
            {
                await pipe.WaitForConnectionAsync(_disposed.Token);
            }
            catch (OperationCanceledException)
            {
                await pipe.DisposeAsync();
                return null;
            }

            // a name without an instance that waits would be a pipe that is not there
            _next = Open();
            return pipe;
        }

        public override void Dispose() => _disposed.Cancel();

        private NamedPipeServerStream Open() => new(
            _name, PipeDirection.InOut, NamedPipeServerStream.MaxAllowedServerInstances, PipeTransmissionMode.Byte,
            PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly, BufferSize, BufferSize);
    }
}
