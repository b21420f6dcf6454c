using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Status;

/// <summary>What a host can ask about a running sidecar, as JSON and as Prometheus text.</summary>
public sealed class StatusTests
{
    [Fact]
    public async Task Status_AtTheStart_NamesEveryCounterAtZero()
    {
        await using var sidecar = await Sidecar.StartAsync();

        var status = await StatusAsync(sidecar);

        Assert.Equal("ok", (string?)status["status"]);
        Assert.Matches(@"^\d+\.\d+\.\d+", (string?)status["version"]);
        Assert.Equal(sidecar.Process.Id, (int)status["pid"]!);
        foreach (var number in (string[])["uptime_seconds", "live_sessions", "running_streams", "dropped_log_lines"])
        {
            Assert.True((long)status[number]! >= 0, number);
        }

        Assert.Equal(0, (long)status["counters"]!["mints"]!);
        foreach (var family in (string[])["refusals", "bridge_calls", "bridge_timeouts", "provider_errors", "stream_errors"])
        {
            Assert.Empty(status["counters"]![family]!.AsObject());
        }
    }

    [Fact]
    public async Task Status_AfterWork_HasCountedIt()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Flags = ["--bridge-timeout", "1"] });
        var session = await sidecar.MintAsync();
        sidecar.Provider.Answer = exchange => exchange.ReplyAsync(403, """{"error":{"code":"x"}}""");
        using (var failed = await sidecar.StreamAsync(session, "hello"))
        {
            await failed.ToEndAsync();
        }

        sidecar.Provider.Answer = ResponsesStream.EndlessAsync;
        using var running = await sidecar.StreamAsync(session, "hello");
        await running.UntilDeltaAsync();
        sidecar.Host.OnSecretsGet = (_, _) => Task.CompletedTask;
        Assert.Equal(504, (await sidecar.PostSessionAsync("""{"secret_key_id":"slow"}""")).Status);
        await (await sidecar.Host.ConnectedAsync()).SendAsync("""{"jsonrpc":"2.0","id":987654321,"result":null}""");
        Assert.Equal(403, (await sidecar.SendAsync(new HttpCall("GET", "/status") { Bearer = session.Token })).Status);

        var status = await StatusAsync(sidecar);
        var counters = status["counters"]!;

        Assert.Equal((1, 1, 1), ((int)status["live_sessions"]!, (int)status["running_streams"]!, (int)counters["mints"]!));
        Assert.Equal((2, 1), ((int)counters["bridge_calls"]!["secrets/get"]!, (int)counters["bridge_timeouts"]!["secrets/get"]!));
        Assert.Equal((1, 1), ((int)counters["refusals"]!["bridge_timeout"]!, (int)counters["refusals"]!["insufficient_scope"]!));
        Assert.Equal(1, (int)counters["provider_errors"]!["upstream_rejected"]!);
        Assert.Equal(1, (int)status["dropped_bridge_replies"]!);
    }

    [Fact]
    public async Task Metrics_SayTheSame_InPrometheusText()
    {
        await using var sidecar = await Sidecar.StartAsync();
        await sidecar.MintAsync();
        await sidecar.SendAsync(new HttpCall("GET", "/status"));

        var reply = await sidecar.SendAsync(new HttpCall("GET", "/metrics") { Bearer = sidecar.Host.LaunchSecret });

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", reply.Header("Content-Type"));
        var lines = reply.Text.Split('\n');
        Assert.Contains("aotsidecar_live_sessions 1", lines);
        Assert.Contains("aotsidecar_mints_total 1", lines);
        Assert.Contains("aotsidecar_refusals_total{code=\"missing_credential\"} 1", lines);
        Assert.Contains("aotsidecar_bridge_calls_total{method=\"secrets/get\"} 1", lines);
        Assert.Contains("# TYPE aotsidecar_provider_errors_total counter", lines);
        Assert.EndsWith("\n", reply.Text, StringComparison.Ordinal);
        Assert.All(lines[..^1], static line => Assert.Matches(
            """^(# TYPE aotsidecar_[a-z_]+ (gauge|counter)|aotsidecar_[a-z_]+(\{[a-z]+="[^"\\]*"\})? \d+)$""", line));
    }

    private static async Task<JsonNode> StatusAsync(Sidecar sidecar)
    {
        var reply = await sidecar.SendAsync(new HttpCall("GET", "/status") { Bearer = sidecar.Host.LaunchSecret });
        Assert.True(reply.Status == 200, reply.ToString());
        return reply.Json;
    }
}
