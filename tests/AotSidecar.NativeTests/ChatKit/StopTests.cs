using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>What is still there after a stop and a reload.</summary>
public sealed class StopTests(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task AStop_WhileTheModelThinks_KeepsTheThought()
    {
        var thread = await StopAsync(
            static async exchange =>
            {
                await ResponsesStream.BeginThoughtAsync(exchange, "I think");
                await exchange.ClientClosed;
            },
            static one => (string?)one["item"]?["type"] == "workflow");

        var workflow = (await stage.ItemsAsync(thread))[1]!;
        Assert.Equal("workflow", (string?)workflow["type"]);
        Assert.Equal("I think", (string?)workflow["workflow"]!["tasks"]![0]!["content"]);
    }

    [Fact]
    public async Task AStop_InATool_KeepsItsStepAndTellsTheModelNothingWrong()
    {
        var asked = new TaskCompletionSource();
        stage.HeldTool = asked;
        var thread = await StopAsync(Stage.Calls("show", "{}"), static one => (string?)one["item"]?["type"] == "workflow", asked.Task);
        stage.HeldTool = null;

        var task = (await stage.ItemsAsync(thread))[1]!["workflow"]!["tasks"]![0]!;
        Assert.Equal(("show", "none"), ((string?)task["title"], (string?)task["status_indicator"]));
        Assert.DoesNotContain("as done", stage.Sidecar.Provider.Requests[^1].Json["input"]!.ToJsonString());
    }

    [Fact]
    public async Task AStop_WhileAPictureIsDrawn_KeepsWhatThereIsOfIt()
    {
        const string item = """{"id":"ig_1","type":"image_generation_call","status":"in_progress"}""";
        var thread = await StopAsync(
            async exchange =>
            {
                await exchange.BeginStreamAsync();
                foreach (var data in (string[])
                    [
                        $$"""{"type":"response.output_item.added","output_index":0,"item":{{item}} }""",
                        """{"type":"response.image_generation_call.partial_image","output_index":0,"item_id":"ig_1","partial_image_index":0,"partial_image_b64":"aGVsbG8="}""",
                    ])
                {
                    await exchange.EventAsync($"event: {(string)JsonNode.Parse(data)!["type"]!}\ndata: {data}\n\n");
                }

                await exchange.ClientClosed;
            },
            static one => (string?)one["update"]?["type"] == "generated_image.updated");

        var image = (await stage.ItemsAsync(thread))[1]!;
        Assert.Equal("generated_image", (string?)image["type"]);
        Assert.EndsWith("base64,aGVsbG8=", (string?)image["image"]!["url"]);
    }

    /// <summary>A turn that is stopped at an event; after that another message, which waits for its end.</summary>
    private async Task<string> StopAsync(Func<ProviderExchange, Task> begin, Func<JsonNode, bool> at, Task? also = null)
    {
        stage.Play(begin, Stage.Words("ok"));
        string thread;
        using (var stream = await stage.Sidecar.Door.StreamAsync(stage.Session, ChatBody.Message("go on")))
        {
            await stream.UntilAsync(at);
            thread = stream.ThreadId;
            await (also ?? Task.CompletedTask);
        }

        using var next = await stage.StreamAsync(ChatBody.Message("and?", thread));
        Assert.Null(next.Error);
        return thread;
    }
}
