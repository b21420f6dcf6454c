using System.Runtime.Versioning;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests;

/// <summary>Machines whose OpenSSL is missing, foreign or misconfigured, and users without a home.</summary>
[SupportedOSPlatform("linux")]
[Trait("Needs", "Linux")]
public sealed class TlsLibraryTests
{
    /// <summary>An OpenSSL configured for FIPS on a machine that has no FIPS provider.</summary>
    private const string FipsOnly =
        """
        openssl_conf = all
        [all]
        providers = none
        alg_section = fips
        [none]
        base = on
        [on]
        activate = 1
        [fips]
        default_properties = fips=yes
        """;

    [Theory]
    [InlineData("not a library", "libssl3")]
    [InlineData("foreign", "libssl3")]
    [InlineData("fips", "FIPS")]
    public async Task Turn_WithoutAUsableOpenSsl_IsATlsErrorThatNamesTheMend(string what, string mend)
    {
        using var machine = await Broken.CreateAsync(what);
        using var provider = new FakeProvider();
        var port = new Uri(provider.BaseUrl).Port;
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Launch = launch => launch with { Environment = machine.Environment },
            Host = host => host.OnSecretsGet = (connection, request) => connection.ReplyAsync(
                request["id"]!, $$"""{"secret":"sk-test-0123456789","baseUrl":"https://localhost:{{port}}/v1"}"""),
        });
        var session = await sidecar.MintAsync();

        // A page that lists its threads makes the certificates ready.
        var list = await sidecar.ChatAsync(session, ChatBody.List);
        using var stream = await (await sidecar.StreamAsync(session, "hello")).ToEndAsync();

        Assert.Equal(200, list.Status);
        Assert.Equal("upstream_tls_error", (string?)stream.Error?["reason"]);
        Assert.Contains(mend, (string?)stream.Error!["message"], StringComparison.Ordinal);
        Assert.True(await sidecar.IsHealthyAsync());
    }

    [Theory]
    [InlineData("not a library")]
    [InlineData("foreign")]
    [InlineData("fips")]
    public async Task Doctor_WithoutAUsableOpenSsl_SaysSoWithExit1(string what)
    {
        using var machine = await Broken.CreateAsync(what);
        await using var process = await SidecarProcess.StartAsync(new Launch("doctor", "--json") { Environment = machine.Environment });

        Assert.Equal(1, await process.ExitCodeAsync());
        var bad = Assert.Single(JsonNode.Parse(process.Output.Text)!["checks"]!.AsArray(), static found => !(bool)found!["good"]!)!;
        Assert.Equal("tls library", (string?)bad["name"]);
        Assert.False(string.IsNullOrWhiteSpace((string?)bad["mend"]));
    }

    [Fact]
    public async Task CaFile_WithoutOpenSsl_IsAUsageError()
    {
        using var machine = await Broken.CreateAsync("not a library");
        using var authority = new Authority();
        await using var process = await SidecarProcess.StartAsync(
            new Launch("serve", "--bridge", Launch.NobodysBridge, "--ca-file", authority.Path) { Environment = machine.Environment });

        Assert.Equal(2, await process.ExitCodeAsync());
        Fatal.AssertOnly(process, "usage_error");
    }

    [Fact]
    public async Task Turn_OfAUserWithoutEntryAndHome_IsAnswered()
    {
        using var authority = new Authority();
        using var provider = new FakeProvider(authority.Issue("localhost"));
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Flags = ["--ca-file", authority.Path],
            Launch = launch => launch with { Wrapper = ["unshare", "--user", "--map-user=54321", "--map-group=54321"] },
            Host = host => host.BaseUrl = provider.BaseUrl,
        });

        using var stream = await (await sidecar.StreamAsync(await sidecar.MintAsync(), "hello")).ToEndAsync();

        Assert.Null(stream.Error);
        Assert.Equal("Hello! from 東京.", stream.Deltas);
    }

    /// <summary>An environment that makes this machine's OpenSSL unusable for one process.</summary>
    private sealed class Broken : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aot-");

        public IReadOnlyDictionary<string, string> Environment { get; private set; } = new Dictionary<string, string>();

        public static async Task<Broken> CreateAsync(string what)
        {
            var machine = new Broken();
            var folder = machine._folder.FullName;
            if (what == "fips")
            {
                var settings = Path.Combine(folder, "openssl.cnf");
                await File.WriteAllTextAsync(settings, FipsOnly, Deadline.Token());
                machine.Environment = new Dictionary<string, string> { ["OPENSSL_CONF"] = settings };
                return machine;
            }

            var source = Path.Combine(folder, "foreign.c");
            await File.WriteAllTextAsync(source, "int OPENSSL_init_ssl(void) { return 1; }\n", Deadline.Token());
            foreach (var name in (string[])["libssl.so.3", "libssl.so.1.1", "libssl.so.1.0.2", "libssl.so.1.0.0", "libssl.so.10"])
            {
                var library = Path.Combine(folder, name);
                if (what == "foreign")
                {
                    await Tool.RunAsync("cc", "gcc", folder, ["-shared", "-o", library, source], Deadline.Token());
                }
                else
                {
                    await File.WriteAllTextAsync(library, new string('x', 4096), Deadline.Token());
                }
            }

            machine.Environment = new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = folder };
            return machine;
        }

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
