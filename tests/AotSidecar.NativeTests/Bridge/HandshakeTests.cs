using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Bridge;

/// <summary>The start of the bridge, before anything secret is said: docs/security.md#rows-b-the-bridge, B1 to B4.</summary>
public sealed class HandshakeTests
{
    private const string Untrusted = "bridge_untrusted";
    private const string Protocol = "bridge_protocol_error";

    private static readonly Dictionary<string, Fault> Faults = new()
    {
        ["B3 silence"] = new((_, _, _) => Task.CompletedTask, Untrusted),
        ["B4 wrong proof"] = new(
            (host, connection, request) => ProofAsync(host, connection, request, (_, _) => BridgeProof.NewSecret()), Untrusted),
        ["B4 proof with another secret"] = new(
            (host, connection, request) => ProofAsync(
                host, connection, request, (mine, theirs) => BridgeProof.ForHost(BridgeProof.NewSecret(), mine, theirs)),
            Untrusted),
        ["B4 the sidecar's own proof sent back"] = new(
            (host, connection, request) => ProofAsync(
                host, connection, request, (mine, theirs) => BridgeProof.ForSidecar(host.LaunchSecret, mine, theirs)),
            Untrusted),
        ["B4 another version"] = new(
            (host, connection, request) => ProofAsync(
                host, connection, request, (mine, theirs) => BridgeProof.ForHost(host.LaunchSecret, mine, theirs), version: 2),
            Protocol),
        ["B4 an error"] = new(
            (_, connection, request) => connection.FailAsync(request["id"]!, -32603), Protocol),
        ["B4 null"] = new((_, connection, request) => connection.ReplyAsync(request["id"]!, "null"), Protocol),
        ["B4 no proof"] = new(
            (_, connection, request) => connection.ReplyAsync(
                request["id"]!, """{"protocolVersion":1,"host":{"name":"x","version":"1"},"nonce":"AAAA"}"""),
            Untrusted),
        ["B7 not a frame"] = new(
            (_, connection, _) => connection.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray()), Protocol),
        ["B5 closes"] = new(CloseAsync, "bridge_unavailable"),
    };

    public static TheoryData<string> Rows => [.. Faults.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Start_WithAHostThatCannotProveItself_IsFatal(string row)
    {
        var fault = Faults[row];
        await using var host = new BridgeHost();
        host.OnInitialize = (connection, request) => fault.Answer(host, connection, request);
        host.Listen();

        await using var process = await SidecarProcess.StartAsync(
            new Launch("serve", "--bridge", host.PipePath) { Input = host.LaunchLine });
        var exit = await process.ExitCodeAsync();

        Assert.True(exit == 3, $"{row}: exit {exit} {process.Output.Text}");
        Fatal.AssertOnly(process, fault.Code);
        Assert.DoesNotContain(
            host.Connections.SelectMany(connection => connection.Received),
            message => (string?)message["method"] != "initialize" && (string?)message["method"] != "$/cancelRequest");
    }

    [Fact]
    public async Task Start_WithoutAPipe_IsFatalAfterItsRetries()
    {
        await using var host = new BridgeHost();

        await using var process = await SidecarProcess.StartAsync(
            new Launch("serve", "--bridge", host.PipePath) { Input = host.LaunchLine });
        var exit = await process.ExitCodeAsync();

        Assert.Equal(3, exit);
        Fatal.AssertOnly(process, "bridge_unavailable");
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    [Trait("Needs", "Unix")]
    public async Task Start_WithASocketThatNobodyListensTo_IsFatal()
    {
        await using var host = new BridgeHost();
        using var stale = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        stale.Bind(new UnixDomainSocketEndPoint(host.PipePath));

        await using var process = await SidecarProcess.StartAsync(
            new Launch("serve", "--bridge", host.PipePath) { Input = host.LaunchLine });
        var exit = await process.ExitCodeAsync();

        Assert.Equal(3, exit);
        Fatal.AssertOnly(process, "bridge_unavailable");
    }

    [Fact]
    public async Task Start_WithAPipeThatComesLate_StillConnects()
    {
        await using var host = new BridgeHost();
        await using var process = await SidecarProcess.StartAsync(
            new Launch("serve", "--bridge", host.PipePath) { Input = host.LaunchLine });

        await Deadline.Passes(TimeSpan.FromSeconds(1));
        host.Listen();
        var line = await process.AnnouncementAsync();

        Assert.Equal("ready", (string?)line["event"]);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Start_WithAPipeOfAnotherUser_IsUntrustedAndSaysNothing()
    {
        await using var host = new BridgeHost();
        host.Listen();
        var folder = Directory.CreateTempSubdirectory("aot-");
        var copy = Path.Combine(folder.FullName, "aotsidecar");
        File.Copy(await PublishedExecutable.PathAsync(), copy);
        Open(folder.FullName, copy, host);

        await using var process = await SidecarProcess.StartAsync(new Launch("serve", "--bridge", host.PipePath)
        {
            Wrapper = OtherUser,
            Executable = copy,
            Input = host.LaunchLine,
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
        });
        var exit = await process.ExitCodeAsync();
        folder.Delete(recursive: true);

        Assert.True(exit == 3, process.Errors.Text);
        Fatal.AssertOnly(process, "bridge_untrusted");
        Assert.All(host.Connections, connection => Assert.Empty(connection.Received));
    }

    [Fact]
    public async Task Initialize_OfTheSidecar_SaysWhoItIsAndProvesIt()
    {
        await using var sidecar = await Sidecar.StartAsync();
        var bridge = await sidecar.Host.ConnectedAsync();

        var parameters = (await bridge.RequestAsync("initialize"))["params"]!;
        var initialized = await sidecar.Host.InitializedAsync();

        Assert.Equal(1, (int)parameters["protocolVersion"]!);
        Assert.Equal("aotsidecar", (string?)parameters["sidecar"]!["name"]);
        Assert.Equal(sidecar.Process.Id, (int)parameters["sidecar"]!["pid"]!);
        Assert.Matches("^[A-Za-z0-9_-]{43}$", (string?)parameters["nonce"]);
        Assert.Equal(sidecar.Port, (int)initialized["port"]!);
    }

    /// <summary>Runs the rest of the command as another user of the machine.</summary>
    [SupportedOSPlatform("linux")]
    private static string[] OtherUser => Posix.IsRoot
        ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        : ["/usr/bin/sudo", "-n", "-u", "nobody"];

    [UnsupportedOSPlatform("windows")]
    private static void Open(string folder, string copy, BridgeHost host)
    {
        const UnixFileMode all = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(folder, all);
        File.SetUnixFileMode(copy, all);
        File.SetUnixFileMode(Path.GetDirectoryName(host.PipePath)!, all);
        File.SetUnixFileMode(host.PipePath, all | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite);
    }

    private static Task ProofAsync(
        BridgeHost host, BridgeConnection connection, JsonObject request, Func<string, string, string> prove, int version = 1)
    {
        var theirs = (string)request["params"]!["nonce"]!;
        var ours = BridgeProof.NewSecret();
        return connection.ReplyAsync(request["id"]!, host.InitializeResult(ours, prove(theirs, ours), version));
    }

    private static Task CloseAsync(BridgeHost host, BridgeConnection connection, JsonObject request)
    {
        connection.Close();
        return Task.CompletedTask;
    }

    private sealed record Fault(Func<BridgeHost, BridgeConnection, JsonObject, Task> Answer, string Code);
}
