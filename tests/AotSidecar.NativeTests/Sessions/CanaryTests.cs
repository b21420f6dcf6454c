using System.Globalization;
using System.Runtime.Versioning;
using System.Text;

namespace AotSidecar.NativeTests.Sessions;

/// <summary>Runs everything at trace level with recognisable secrets, then looks for them wherever they could have gone.</summary>
public sealed class CanaryTests
{
    private const string Key = "sk-canary-KEY~9f8e7d6c5b4a/3210+zz";
    private const string Prompt = "canary prompt: the otter sleeps at noon";

    [Fact]
    [SupportedOSPlatform("linux")]
    [Trait("Needs", "Linux")]
    public async Task Secrets_AfterEverythingHasRun_AreNowhere()
    {
        var folder = Directory.CreateTempSubdirectory("aot-");
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Flags = ["--data-dir", Path.Combine(folder.FullName, "data")],
            Host = host => Everything.Offer(host, Key),
            Launch = launch => launch with
            {
                WorkingDirectory = folder.FullName,
                Environment = new Dictionary<string, string> { ["TMPDIR"] = folder.FullName, ["HOME"] = folder.FullName },
            },
        });
        var minted = await sidecar.PostSessionAsync("""{"secret_key_id":"openai-main","rate_limits":{"max_requests_per_1_minute":1000}}""");
        var session = new Session((string)minted.Json["id"]!, (string)minted.Json["client_secret"]!);
        Canary[] secrets =
        [
            new("API key", Key), new("launch secret", sidecar.Host.LaunchSecret), new("token", session.Token),
        ];

        var everything = new Everything(sidecar, session, Key, Prompt);
        await everything.UseAsync();
        var process = sidecar.Process;
        var commandLine = await File.ReadAllBytesAsync(ProcFile(process.Id, "cmdline"));
        var environment = Readable(ProcFile(process.Id, "environ"));
        process.AskToEnd();
        Assert.Equal(0, await process.ExitCodeAsync());

        Assert.InRange(process.Errors.Text.Split('\n').Length, 100, int.MaxValue);
        Assert.InRange(everything.Replies.Count, 60, int.MaxValue);
        Canary[] all = [.. secrets, new("prompt", Prompt)];
        foreach (var canary in all)
        {
            canary.AssertAbsent(process.Output.Bytes, "stdout");
            canary.AssertAbsent(process.Errors.Bytes, "stderr");
            canary.AssertAbsent(commandLine, "the command line");
            canary.AssertAbsent(environment, "the environment");
        }

        foreach (var canary in secrets)
        {
            Assert.All(everything.Replies, reply => canary.AssertAbsent(Encoding.UTF8.GetBytes(reply), $"a reply: {reply}"));
            foreach (var file in Directory.EnumerateFiles(folder.FullName, "*", SearchOption.AllDirectories))
            {
                canary.AssertAbsent(await File.ReadAllBytesAsync(file), file);
            }
        }

        // The prompt is kept where the user asked for it, and nowhere else.
        Assert.Equal(["data"], folder.EnumerateFileSystemInfos().Select(static entry => entry.Name));

        folder.Delete(recursive: true);
    }

    private static string ProcFile(int process, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/{name}");

    /// <summary>A hardened process's files belong to root: not being able to read them is the promise kept.</summary>
    private static byte[] Readable(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }
}
