using System.Net;
using System.Net.Sockets;
using AotSidecar.Providers.Transport;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.Providers;

/// <summary>A host with several addresses, some of them refusing.</summary>
public sealed class StaggeredConnectTests
{
    private static readonly IPAddress Refusing = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task Connect_PastARefusingAddress_TakesTheNextAtOnce()
    {
        using var alive = Listen(IPAddress.Loopback, 0);

        using var socket = await StaggeredConnect.ConnectAsync(
            [Refusing, IPAddress.Loopback], Port(alive), new FakeTimeProvider(), CancellationToken.None);

        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)socket.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task Connect_WhenEveryAddressRefuses_FailsWithWhatTheLastSaid()
    {
        var listener = Listen(IPAddress.Loopback, 0);
        var port = Port(listener);
        listener.Dispose();

        var error = await Assert.ThrowsAsync<SocketException>(() => StaggeredConnect.ConnectAsync(
            [Refusing, IPAddress.Loopback], port, new FakeTimeProvider(), CancellationToken.None));

        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public void Alternate_OfTwoFamilies_StartsWithTheResolversFirst()
    {
        IPAddress[] addresses = [.. ((string[])["::1", "::2", "::3", "10.0.0.1"]).Select(IPAddress.Parse)];

        Assert.Equal(
            (string[])["::1", "10.0.0.1", "::2", "::3"],
            StaggeredConnect.Alternate(addresses).Select(static address => address.ToString()));
    }

    private static Socket Listen(IPAddress address, int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, port));
        socket.Listen(4);
        return socket;
    }

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;
}
