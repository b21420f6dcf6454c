using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

internal static class ChatBody
{
    public static string Message(string text, string? threadId = null) => threadId is null
        ? $$$$"""{"type":"threads.create","params":{"input":{{{{Input(text)}}}}}}"""
        : $$$$"""{"type":"threads.add_user_message","params":{"thread_id":"{{{{threadId}}}}","input":{{{{Input(text)}}}}}}""";

    public static string List => """{"type":"threads.list","params":{}}""";

    private static string Input(string text) => $$$"""
        {"content":[{"type":"input_text","text":{{{JsonValue.Create(text).ToJsonString()}}} }],
         "attachments":[],"quoted_text":"","inference_options":{}}
        """;
}
