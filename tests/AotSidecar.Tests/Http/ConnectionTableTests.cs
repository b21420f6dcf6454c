using System.IO.Pipelines;
using AotSidecar.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.Http;

public sealed class ConnectionTableTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ConnectionTable _table;

    public ConnectionTableTests() => _table = new ConnectionTable(_clock);

    public void Dispose() => _table.Dispose();

    [Fact]
    public void Stranger_ThatSaysNothing_IsClosedAfterTwoSeconds()
    {
        var client = new Client(_table);

        _clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(client.IsClosed);

        _clock.Advance(TimeSpan.FromSeconds(0.6));
        Assert.True(client.IsClosed);
    }

    [Fact]
    public async Task Client_ThatReadsNothing_IsClosedAfterThirtySeconds()
    {
        var client = new Client(_table);
        await client.SpeakAsync(trusted: true);
        var write = client.Transport.Output.WriteAsync(new byte[Client.BufferSize]).AsTask();

        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(client.IsClosed);

        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(client.IsClosed);
        Assert.False(write.IsCompleted);
    }

    [Fact]
    public async Task Client_ThatReadsSlowly_Stays()
    {
        var client = new Client(_table);
        await client.SpeakAsync(trusted: true);
        for (var count = 0; count < 5; count++)
        {
            var write = client.Transport.Output.WriteAsync(new byte[Client.BufferSize]).AsTask();
            _clock.Advance(TimeSpan.FromSeconds(25));
            await client.ReadAsync();
            await write;
        }

        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.False(client.IsClosed);
    }

    [Fact]
    public async Task Trusted_WhenAllPlacesAreBusy_IsRefusedUntilOneIsIdle()
    {
        var clients = new List<Client>();
        for (var count = 0; count < ConnectionTable.MaxTrusted; count++)
        {
            clients.Add(new Client(_table));
            await clients[count].SpeakAsync(trusted: true);
        }

        var last = new Client(_table);
        Assert.False((await last.SpeakAsync()).TryTrust());

        (await clients[7].SpeakAsync()).End();
        Assert.True((await last.SpeakAsync()).TryTrust());
        Assert.Equal([clients[7]], clients.Where(static client => client.IsClosed));
    }

    /// <summary>A connection on pipes, whose server side waits until it is closed.</summary>
    private sealed class Client : DefaultConnectionContext, IConnectionLifetimeNotificationFeature
    {
        public const int BufferSize = 1024;

        private readonly Pipe _input = new();
        private readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: BufferSize, resumeWriterThreshold: BufferSize / 2));
        private readonly TaskCompletionSource<ClientConnection> _served = new();

        public Client(ConnectionTable table)
        {
            Transport = new Duplex(_input.Reader, _output.Writer);
            Features.Set<IConnectionLifetimeNotificationFeature>(this);
            _ = table.ServeAsync(this, connection =>
            {
                _served.SetResult(connection.Features.Get<ClientConnection>()!);
                return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ConnectionClosed);
            });
        }

        public bool IsClosed { get; private set; }

        public CancellationToken ConnectionClosedRequested { get; set; }

        public override void Abort(ConnectionAbortedException abortReason)
        {
            IsClosed = true;
            base.Abort(abortReason);
        }

        public async Task<ClientConnection> SpeakAsync(bool trusted = false)
        {
            await _input.Writer.WriteAsync("GET"u8.ToArray());
            var client = await _served.Task;
            Assert.True(!trusted || client.TryTrust());
            return client;
        }

        public async Task ReadAsync()
        {
            var read = await _output.Reader.ReadAsync();
            _output.Reader.AdvanceTo(read.Buffer.End);
        }

        public void RequestClose() => Abort();

        private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
    }
}
