namespace AotSidecar.NativeTests.Bridge;

/// <summary>The table of bridge faults: a mint waits on <c>secrets/get</c> and the host misbehaves.</summary>
public sealed class HostFaultTests
{
    public static TheoryData<string> Rows => [.. HostFault.All.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Mint_WhileTheHostMisbehaves_IsAnsweredAsTheTableSays(string row)
    {
        var fault = HostFault.All[row];
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup { Host = host => host.OnSecretsGet = fault.Answer });

        var reply = await sidecar.PostSessionAsync("""{"secret_key_id":"openai-main"}""");

        Assert.True(reply.Status == fault.Status, $"{row}: {reply}");
        Assert.True(fault.Code is null || reply.Code == fault.Code, $"{row}: {reply}");
        if (fault.ExitCode is { } code)
        {
            Assert.Equal(code, await sidecar.Process.ExitCodeAsync());
        }
        else
        {
            Assert.True(await sidecar.IsHealthyAsync());
        }

        AssertNothingQuoted(sidecar, reply);
        Assert.Single(sidecar.Host.Connections);
    }

    [Fact]
    public async Task Mint_ThatTheHostNeverAnswers_TimesOutAndIsCancelled()
    {
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Flags = ["--bridge-timeout", "1"],
            Host = host => host.OnSecretsGet = (_, _) => Task.CompletedTask,
        });
        var bridge = await sidecar.Host.ConnectedAsync();

        var reply = await sidecar.PostSessionAsync("""{"secret_key_id":"openai-main"}""");
        var request = await bridge.RequestAsync("secrets/get");
        var cancel = await bridge.RequestAsync("$/cancelRequest");
        await bridge.ReplyAsync(request["id"]!, """{"secret":"sk-late-0123456789"}""");
        sidecar.Host.OnSecretsGet = sidecar.Host.GiveSecretAsync;
        var next = await sidecar.PostSessionAsync("""{"secret_key_id":"openai-main"}""");

        Assert.Equal(504, reply.Status);
        Assert.Equal("bridge_timeout", reply.Code);
        Assert.Equal(request["id"]!.ToJsonString(), cancel["params"]!["id"]!.ToJsonString());
        Assert.Equal(201, next.Status);
    }

    [Fact]
    public async Task Mint_WhoseClientHasGone_StillLeavesTheBridgeUsable()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Host = host => host.OnSecretsGet = (_, _) =>
            {
                asked.TrySetResult();
                return Task.CompletedTask;
            },
        });

        using (var connection = await sidecar.ConnectAsync())
        {
            await connection.SendAsync(new HttpCall("POST", "/sessions")
            {
                Bearer = sidecar.Host.LaunchSecret,
                Body = """{"secret_key_id":"openai-main"}""",
            }.ToBytes(sidecar.Door.Authority));
            await asked.Task.Within("secrets/get");
        }

        sidecar.Host.OnSecretsGet = sidecar.Host.GiveSecretAsync;
        var session = await sidecar.MintAsync("another");

        Assert.Equal(200, (await sidecar.ChatAsync(session, ChatBody.List)).Status);
    }

    private static void AssertNothingQuoted(Sidecar sidecar, RawReply reply)
    {
        foreach (var text in (string[])[reply.Text, sidecar.Process.Errors.Text])
        {
            Assert.DoesNotContain("sk-", text, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>", text, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        }
    }
}
