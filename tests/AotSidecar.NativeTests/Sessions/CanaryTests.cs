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
            Host = host => host.ApiKey = _ => Key,
            Launch = launch => launch with
            {
                WorkingDirectory = folder.FullName,
                Environment = new Dictionary<string, string> { ["TMPDIR"] = folder.FullName, ["HOME"] = folder.FullName },
            },
        });
        var minted = await sidecar.PostSessionAsync("""{"secret_key_id":"openai-main"}""");
        var session = new Session((string)minted.Json["id"]!, (string)minted.Json["client_secret"]!);
        Canary[] secrets =
        [
            new("API key", Key), new("launch secret", sidecar.Host.LaunchSecret), new("token", session.Token),
        ];

        var replies = await UseEverythingAsync(sidecar, session);
        var process = sidecar.Process;
        var commandLine = await File.ReadAllBytesAsync(ProcFile(process.Id, "cmdline"));
        var environment = Readable(ProcFile(process.Id, "environ"));
        process.AskToEnd();
        Assert.Equal(0, await process.ExitCodeAsync());

        Assert.NotEmpty(process.Errors.Bytes);
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
            Assert.All(replies, reply => canary.AssertAbsent(Encoding.UTF8.GetBytes(reply), $"a reply: {reply}"));
            foreach (var file in Directory.EnumerateFiles(folder.FullName, "*", SearchOption.AllDirectories))
            {
                canary.AssertAbsent(await File.ReadAllBytesAsync(file), file);
            }
        }

        folder.Delete(recursive: true);
    }

    /// <summary>Turns that work and turns that fail, each in a way that tempts someone to quote what it was given.</summary>
    private static async Task<List<string>> UseEverythingAsync(Sidecar sidecar, Session session)
    {
        var replies = new List<string>();
        await TurnAsync(ResponsesStream.TextAsync);
        await TurnAsync(exchange => exchange.ReplyAsync(400, Echo(exchange)));
        await TurnAsync(exchange => exchange.ReplyAsync(500, Echo(exchange)));
        await TurnAsync(exchange => exchange.ReplyAsync(429, Echo(exchange)));
        await TurnAsync(exchange => exchange.ReplyAsync(200, $"<html>{exchange.Request.Bearer}", "Content-Type: text/html\r\n"));
        await TurnAsync(exchange => exchange.ReplyAsync(302, "", $"Location: http://127.0.0.1:9/{exchange.Request.Bearer}\r\n"));
        await TurnAsync(async exchange =>
        {
            await exchange.BeginStreamAsync($"X-Request-Id: {exchange.Request.Bearer}\r\n");
            await exchange.EventAsync($"event: error\ndata: {Echo(exchange)}\n\n");
            await exchange.EndStreamAsync();
        });
        await TurnAsync(exchange =>
        {
            exchange.Reset();
            return Task.CompletedTask;
        });
        replies.Add((await sidecar.ChatAsync(session, ChatBody.List)).ToString());
        replies.Add((await sidecar.ChatAsync(session, $"{{{Key}")).ToString());
        replies.Add((await sidecar.ChatAsync(new Session("", Key), ChatBody.List)).ToString());
        replies.Add((await sidecar.PostSessionAsync($$"""{"secret_key_id":"{{session.Token}}","{{Key}}":1}""")).ToString());
        replies.Add((await sidecar.SendAsync(
            new HttpCall("GET", $"/nowhere?token={session.Token}") { Bearer = session.Token })).ToString());
        foreach (var path in (string[])["/status", "/metrics", $"/sessions/{session.Id}"])
        {
            replies.Add((await sidecar.SendAsync(new HttpCall("GET", path) { Bearer = sidecar.Host.LaunchSecret })).ToString());
        }

        sidecar.Host.OnSecretsGet = (connection, request) => connection.FailAsync(request["id"]!, -32603, $"failed for {Key}");
        replies.Add((await sidecar.PostSessionAsync("""{"secret_key_id":"broken"}""")).ToString());
        sidecar.Host.OnSecretsGet = (connection, request) =>
            connection.ReplyAsync(request["id"]!, $$"""{"secret":"{{Key}}\r\nX-Evil: 1"}""");
        replies.Add((await sidecar.PostSessionAsync("""{"secret_key_id":"broken-too"}""")).ToString());
        await TurnAsync(exchange => exchange.ReplyAsync(401, Echo(exchange, "invalid_api_key")));
        return replies;

        async Task TurnAsync(Func<ProviderExchange, Task> answer)
        {
            sidecar.Provider.Answer = answer;
            using var stream = await sidecar.StreamAsync(session, Prompt);
            await stream.ToEndAsync();
            replies.Add(stream.Raw.ToString());
        }
    }

    /// <param name="code">Only a refused key ends the session, so the other turns fail in other ways.</param>
    private static string Echo(ProviderExchange exchange, string code = "server_error") =>
        $$$"""{"type":"error","error":{"message":"Incorrect API key provided: {{{exchange.Request.Bearer}}}","code":"{{{code}}}","type":"x"}}""";

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
