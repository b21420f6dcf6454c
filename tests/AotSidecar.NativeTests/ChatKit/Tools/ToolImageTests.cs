using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.ChatKit.Tools;

/// <summary>Images in the results of the host's tools.</summary>
public sealed class ToolImageTests
{
    private const string Host = """
        {"tools":[{"name":"good"}],
         "toolResults":{"good":{"content":[{"type":"text","text":"found it"},{"type":"image","data":"iVBORw0K","mimeType":"image/png"}]}}}
        """;

    private static readonly ProviderCall Good = new("call_good", "good");

    [Fact]
    public async Task Image_OfAResult_IsSentInTheFunctionsOutput()
    {
        await using var stage = await ToolStage.StartAsync(Dialect.Responses, Host);
        stage.Script(stage.Calls(Good), stage.Says("the answer"), stage.Says("the next"));

        using var stream = await (await stage.StreamAsync("go")).ToEndAsync();
        using var next = await (await stage.StreamAsync("more", stream.ThreadId)).ToEndAsync();

        Assert.Equal(("the answer", "the next"), (stream.Deltas, next.Deltas));
        var output = OutputOf(stage.Requests[1].Json).AsArray();
        Assert.Equal(("input_text", "input_image"), ((string?)output[0]!["type"], (string?)output[1]!["type"]));
        Assert.Equal("data:image/png;base64,iVBORw0K", (string?)output[1]!["image_url"]);
        Assert.Equal("found it\n[image image/png]", (string?)OutputOf(stage.Requests[2].Json));
    }

    [Fact]
    public async Task Image_ThatTheProviderRefuses_IsLeftOut()
    {
        await using var stage = await ToolStage.StartAsync(Dialect.Responses, Host);
        stage.Script(
            stage.Calls(Good),
            static exchange => exchange.ReplyAsync(400, """{"error":{"message":"this model reads no image","type":"invalid_request_error"}}"""),
            stage.Says("the answer"));

        using var stream = await (await stage.StreamAsync("go")).ToEndAsync();

        Assert.Null(stream.Error);
        Assert.Equal("the answer", stream.Deltas);
        Assert.DoesNotContain("iVBORw0K", stage.Requests[2].Json.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_ForADialectWithoutThem_IsNamed()
    {
        await using var stage = await ToolStage.StartAsync(Dialect.ChatCompletions, Host);
        stage.Script(stage.Calls(Good), stage.Says("the answer"));

        using var stream = await (await stage.StreamAsync("go")).ToEndAsync();

        Assert.Equal(
            "found it\n[image image/png]\n[Its images cannot be shown to you.]", stage.Dialect.Outputs(stage.Requests[1])["call_good"]);
    }

    private static JsonNode OutputOf(JsonNode request) =>
        request["input"]!.AsArray().Single(static item => (string?)item!["type"] == "function_call_output")!["output"]!;
}
