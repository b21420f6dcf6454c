using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Providers;

/// <summary>Frames of a Chat Completions stream, as short as servers send them.</summary>
internal static class ChatFrames
{
    public const string Done = "data: [DONE]\n\n";

    /// <param name="delta">The members of the delta, without braces.</param>
    public static string Chunk(string delta) => Chunk(delta, "null");

    public static string Text(string text) => Chunk($"\"content\":{Json(text)}");

    /// <param name="call">One element of <c>tool_calls</c>.</param>
    public static string Call(string call) => Chunk($"\"tool_calls\":[{call}]");

    public static string Finish(string reason) => Chunk("", $"\"{reason}\"");

    /// <summary>The first piece of a call.</summary>
    public static string Begin(int? index, string? id, string name, string arguments = "") => Call(Members(
        index is null ? null : $"\"index\":{index}",
        id is null ? null : $"\"id\":\"{id}\"",
        "\"type\":\"function\"",
        $$"""
        "function":{"name":"{{name}}","arguments":{{Json(arguments)}}}
        """));

    /// <summary>A further piece of a call.</summary>
    public static string Piece(int? index, string arguments) => Call(Members(
        index is null ? null : $"\"index\":{index}",
        $$"""
        "function":{"arguments":{{Json(arguments)}}}
        """));

    /// <summary>A whole answer, as some servers send it at the end of the pieces.</summary>
    public static string Message(string members, string reason) =>
        $$$"""data: {"id":"c1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant",{{{members}}}},"finish_reason":"{{{reason}}}"}]}""" + "\n\n";

    public static string Json(string text) => JsonValue.Create(text).ToJsonString();

    private static string Members(params string?[] members) => "{" + string.Join(',', members.Where(static one => one is not null)) + "}";

    private static string Chunk(string delta, string finish) =>
        $$$"""data: {"id":"c1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{{{{delta}}}},"finish_reason":{{{finish}}}}]}""" + "\n\n";
}
