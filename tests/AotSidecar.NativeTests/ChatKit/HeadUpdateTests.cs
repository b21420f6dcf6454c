using System.Globalization;
using System.Text.Json.Nodes;
using AotSidecar.NativeTests.Storage;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>A thread that the page renames while the host's action locks it and changes its metadata.</summary>
public sealed class HeadUpdateTests
{
    private const int Pairs = 2000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RenameBesideAnAction_ThousandsOfTimes_LosesNeither(bool onDisk)
    {
        using var data = new DataSidecar();
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            LogLevel = "warn",
            Flags = onDisk ? data.Flags : [],
            Host = host =>
            {
                host.Capabilities = """{"actions":true}""";
                host.OnOther = (bridge, request) => bridge.ReplyAsync(request["id"]!, Locked(request["params"]!["action"]!["payload"]!["n"]!));
            },
        });
        var session = await sidecar.MintAsync(members: DataSidecar.Unlimited);
        var thread = await DataSidecar.TurnAsync(sidecar, session, "hello");

        for (var n = 0; n < Pairs; n++)
        {
            var number = n.ToString(CultureInfo.InvariantCulture);
            await Task.WhenAll(
                DataSidecar.AskAsync(sidecar, session, Stage.Op("threads.update", $"\"thread_id\":\"{thread}\",\"title\":\"{number}\"")),
                DataSidecar.AskAsync(sidecar, session, Stage.Op(
                    "threads.sync_custom_action",
                    $$"""
                    "thread_id":"{{thread}}","action":{"type":"go","payload":{"n":{{number}}} }
                    """)));

            var now = await DataSidecar.AskAsync(sidecar, session, Stage.Op("threads.get_by_id", $"\"thread_id\":\"{thread}\""));
            Assert.Equal((number, number), ((string?)now["title"], (string?)now["status"]!["reason"]));
        }
    }

    private static string Locked(JsonNode n) =>
        $$$"""{"events":[{"type":"thread.updated","thread":{"status":{"type":"locked","reason":"{{{n}}}"},"metadata":{"n":{{{n}}}} } }] }""";
}
