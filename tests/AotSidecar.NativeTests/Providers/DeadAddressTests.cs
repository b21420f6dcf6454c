using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Providers;

/// <summary>A provider with a dead IPv6 and a live IPv4 address.</summary>
[SupportedOSPlatform("linux")]
[Trait("Needs", "Linux")]
public sealed class DeadAddressTests
{
    private static readonly IPAddress Dead = IPAddress.IPv6Loopback;

    /// <summary>A list of hosts of its own takes a mount namespace.</summary>
    [Fact]
    public async Task Turn_OfAProviderWhoseFirstAddressIsDead_IsAnswered()
    {
        using var authority = new Authority();
        using var provider = new FakeProvider(authority.Issue("provider.test"));
        using var full = await FillAsync(new IPEndPoint(Dead, provider.Port));
        var hosts = Path.GetTempFileName();
        await File.WriteAllTextAsync(hosts, $"{Dead} provider.test\n127.0.0.1 provider.test\n", Deadline.Token());
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Flags = ["--ca-file", authority.Path],
            Launch = launch => launch with
            {
                Wrapper =
                [
                    "unshare", "--map-root-user", "--mount",
                    "/bin/sh", "-c", $"mount --bind {hosts} /etc/hosts && exec \"$0\" \"$@\"",
                ],
            },
            Host = host => host.BaseUrl = $"https://provider.test:{provider.Port}/v1",
        });

        using var stream = await (await sidecar.StreamAsync(await sidecar.MintAsync(), "hello")).ToEndAsync();

        File.Delete(hosts);
        Assert.Null(stream.Error);
        Assert.Equal("Hello! from 東京.", stream.Deltas);
    }

    /// <summary>A listener that accepts nobody and whose queue is full: the kernel drops further greetings.</summary>
    private static async Task<Full> FillAsync(IPEndPoint address)
    {
        var full = new Full();
        var listener = full.Add();
        listener.Bind(address);
        listener.Listen(0);
        await full.Add().ConnectAsync(address, Deadline.Token());
        return full;
    }

    private sealed class Full : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        public Socket Add()
        {
            _sockets.Add(new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp));
            return _sockets[^1];
        }

        public void Dispose() => _sockets.ForEach(static socket => socket.Dispose());
    }
}
