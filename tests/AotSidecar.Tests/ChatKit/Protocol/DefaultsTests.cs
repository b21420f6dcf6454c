using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Turns;

namespace AotSidecar.Tests.ChatKit.Protocol;

/// <summary>What an extension host may leave out is there when it is sent on.</summary>
public sealed class DefaultsTests
{
    private const string Base = "\"id\":\"i\",\"thread_id\":\"t\",\"created_at\":\"2025-01-01T00:00:00Z\"";

    [Theory]
    [InlineData("user_message", "\"content\":[]", "attachments", "[]")]
    [InlineData("user_message", "\"content\":[]", "inference_options", "{}")]
    [InlineData("assistant_message", "\"content\":[{\"text\":\"x\"}]", "content", """[{"annotations":[],"text":"x","type":"output_text"}]""")]
    [InlineData("assistant_message", """ "content":[{"text":"x","annotations":[{"source":{"type":"entity","id":"e","title":"E"}}]}] """, "content", """[{"annotations":[{"type":"annotation","source":{"type":"entity","id":"e","interactive":false,"data":{},"title":"E"}}],"text":"x","type":"output_text"}]""")]
    [InlineData("client_tool_call", "\"call_id\":\"c\",\"name\":\"n\",\"arguments\":{}", "status", "\"pending\"")]
    [InlineData("structured_input", "\"inputs\":[]", "status", "\"pending\"")]
    [InlineData("structured_input", """ "inputs":[{"id":"q","question":"Q","type":"freeform","answer":{}}] """, "inputs", """[{"type":"freeform","id":"q","question":"Q","answer":{"values":[],"skipped":false}}]""")]
    [InlineData("task", "\"task\":{\"type\":\"custom\"}", "task", """{"type":"custom","status_indicator":"none"}""")]
    [InlineData("task", "\"task\":{\"type\":\"thought\",\"content\":\"c\"}", "task", """{"type":"thought","content":"c","status_indicator":"none"}""")]
    [InlineData("task", "\"task\":{\"type\":\"web_search\"}", "task", """{"type":"web_search","queries":[],"sources":[],"status_indicator":"none"}""")]
    [InlineData("task", "\"task\":{\"type\":\"file\"}", "task", """{"type":"file","sources":[],"status_indicator":"none"}""")]
    [InlineData("workflow", "\"workflow\":{\"type\":\"custom\",\"tasks\":[]}", "workflow", """{"type":"custom","tasks":[],"expanded":false}""")]
    public void AnItemsDefault_IsSent(string type, string members, string member, string expected)
    {
        var json = Sent($$"""{"type":"thread.item.done","item":{{{Base}},"type":"{{type}}",{{members}} } }""");

        AssertEqual(expected, json.GetProperty("item").GetProperty(member));
    }

    [Theory]
    [InlineData("""{"type":"client_effect","name":"n"}""", """{"type":"client_effect","name":"n","data":{}}""")]
    [InlineData("""{"type":"error"}""", """{"type":"error","code":"custom","allow_retry":false}""")]
    [InlineData("""{"type":"error","message":"m"}""", """{"type":"error","code":"custom","message":"m","allow_retry":false}""")]
    [InlineData("""{"type":"progress_update","text":"x"}""", """{"type":"progress_update","text":"x"}""")]
    public void AnEventsDefault_IsSent(string given, string expected) => AssertEqual(expected, Sent(given));

    [Fact]
    public void AThreadsDefaults_AreSent()
    {
        var thread = Sent("""{"type":"thread.updated","thread":{"title":"T"}}""").GetProperty("thread");

        AssertEqual("{}", thread.GetProperty("metadata"));
        AssertEqual("""{"data":[],"has_more":false}""", thread.GetProperty("items"));
        AssertEqual("""{"type":"active"}""", thread.GetProperty("status"));
    }

    private static JsonElement Sent(string given)
    {
        var read = Assert.Single(HostEvents.ReadStrict(JsonElement.Parse($"[{given}]"), "t", TimeProvider.System));
        return JsonElement.Parse(JsonSerializer.SerializeToUtf8Bytes(read, ChatKitJson.Wire.ThreadEvent));
    }

    private static void AssertEqual(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), actual), actual.GetRawText());
}
