using System.Text.Json.Nodes;

namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>Request bodies as a page sends them.</summary>
internal static class Body
{
    public static string Create(string text, string extra = "") => Op("threads.create", $"\"input\":{Input(text, extra)}");

    public static string Add(string threadId, string text, string extra = "") =>
        Op("threads.add_user_message", $"\"thread_id\":\"{threadId}\",\"input\":{Input(text, extra)}");

    public static string Get(string threadId) => Op("threads.get_by_id", $"\"thread_id\":\"{threadId}\"");

    public static string Items(string threadId, string extra = "") => Op("items.list", $"\"thread_id\":\"{threadId}\"{extra}");

    public static string Retry(string threadId, string itemId) =>
        Op("threads.retry_after_item", $"\"thread_id\":\"{threadId}\",\"item_id\":\"{itemId}\"");

    public static string ToolOutput(string threadId, string result) =>
        Op("threads.add_client_tool_output", $"\"thread_id\":\"{threadId}\",\"result\":{result}");

    public static string Action(string threadId, string? itemId, string type = "go", bool sync = false) => Op(
        sync ? "threads.sync_custom_action" : "threads.custom_action",
        $$"""
        "thread_id":"{{threadId}}",{{(itemId is null ? "" : $"\"item_id\":\"{itemId}\",")}}"action":{"type":"{{type}}","payload":{"n":1} }
        """);

    public static string Op(string type, string members) => $$"""{"type":"{{type}}","params":{ {{members}} } }""";

    /// <param name="extra">Members that replace or add to the usual ones, with a comma in front.</param>
    public static string Input(string text, string extra = "")
    {
        var attachments = extra.Contains("\"attachments\"", StringComparison.Ordinal) ? "" : ",\"attachments\":[]";
        var options = extra.Contains("\"inference_options\"", StringComparison.Ordinal) ? "" : ",\"inference_options\":{}";
        return $$"""{"content":[{"type":"input_text","text":{{JsonValue.Create(text).ToJsonString()}} }]{{attachments}}{{options}}{{extra}} }""";
    }
}
