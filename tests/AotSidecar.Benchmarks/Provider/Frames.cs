using System.Buffers.Text;
using System.Globalization;
using System.Text;
using AotSidecar.Benchmarks.Net;

namespace AotSidecar.Benchmarks.Provider;

/// <summary>The frames of one streamed answer, serialised once; a delta only gets its send time and its number written into it.</summary>
internal static class Frames
{
    // Seven digits wide in every frame, so that numbers can be overwritten in place.
    private const int FirstNumber = 1_000_000;
    private const int NumberDigits = 7;

    private static readonly byte[][] Texts = [.. new[] { "Hello", "!", " Grüße", " from", " 東京", " 🌟", "." }.Select(Encoding.UTF8.GetBytes)];
    private static readonly byte[][] Deltas = [.. Texts.Select(Delta)];
    private static readonly int StampAt = Deltas[0].AsSpan().IndexOf("\"delta\":\""u8) + "\"delta\":\""u8.Length;
    private static readonly int NumberFromEnd = NumberDigits + "}\n\n".Length;

    public static int LongestDelta { get; } = Deltas.Max(delta => delta.Length);

    public static byte[] Started { get; } = Encoding.UTF8.GetBytes(
        Event("response.created", $"\"response\":{Response("in_progress", "[]")}", 0)
        + Event("response.in_progress", $"\"response\":{Response("in_progress", "[]")}", 1));

    public static byte[] Models { get; } = """
        {"object":"list","data":[{"id":"bench-short","object":"model","created":1795400000,"owned_by":"bench"}]}
        """u8.ToArray();

    public static byte[] MessageStarted(int output) => Encoding.UTF8.GetBytes(
        Event(
            "response.output_item.added",
            $$"""
            "item":{"id":"{{ItemId(output)}}","type":"message","status":"in_progress","content":[],"role":"assistant"},"output_index":{{output}}
            """,
            2)
        + Event(
            "response.content_part.added",
            $$"""
            "content_index":0,"item_id":"{{ItemId(output)}}","output_index":{{output}},"part":{{Part("")}}
            """,
            3));

    /// <summary>Writes delta <paramref name="index"/> of a message and adds its text to <paramref name="text"/>.</summary>
    public static int WriteDelta(Span<byte> target, int index, MemoryStream text)
    {
        var template = Deltas[index % Deltas.Length];
        template.CopyTo(target);
        var stamp = target.Slice(StampAt, Stamp.Length);
        Stamp.Write(stamp, MonotonicClock.Now);
        Utf8Formatter.TryFormat(FirstNumber + 4 + index, target[(template.Length - NumberFromEnd)..], out _);
        text.Write(stamp);
        text.Write(Texts[index % Texts.Length]);
        return template.Length;
    }

    public static byte[] MessageDone(int output, MemoryStream text)
    {
        var whole = Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
        return Encoding.UTF8.GetBytes(
            Event(
                "response.output_text.done",
                $$"""
                "content_index":0,"item_id":"{{ItemId(output)}}","logprobs":[],"output_index":{{output}},"text":"{{whole}}"
                """,
                7_000_000)
            + Event(
                "response.content_part.done",
                $$"""
                "content_index":0,"item_id":"{{ItemId(output)}}","output_index":{{output}},"part":{{Part(whole)}}
                """,
                7_000_001)
            + Event("response.output_item.done", $"\"item\":{Message(output, whole)},\"output_index\":{output}", 7_000_002));
    }

    public static byte[] Completed(string messages) => Encoding.UTF8.GetBytes(
        Event("response.completed", $"\"response\":{Response("completed", messages)}", 7_000_003));

    /// <summary>The completed message as JSON, for <see cref="Completed"/>.</summary>
    public static string Message(int output, string text) =>
        $$"""{"id":"{{ItemId(output)}}","type":"message","status":"completed","content":[{{Part(text)}}],"role":"assistant"}""";

    private static byte[] Delta(byte[] text)
    {
        // Obfuscation fills the text up to a multiple of 16 characters, as the provider does.
        var padding = 32 - Stamp.Length - Encoding.UTF8.GetCharCount(text);
        return Encoding.UTF8.GetBytes(Event(
            "response.output_text.delta",
            $$"""
            "content_index":0,"delta":"{{new string('@', Stamp.Length)}}{{Encoding.UTF8.GetString(text)}}","item_id":"{{ItemId(0)}}","logprobs":[],"obfuscation":"{{new string('x', padding)}}","output_index":0
            """,
            4));
    }

    private static string ItemId(int output) =>
        "msg_4186edba8b9e55dd8fb68ae989335b724a55f9b9fa22" + output.ToString("d6", CultureInfo.InvariantCulture);

    private static string Part(string text) => $$"""{"type":"output_text","annotations":[],"logprobs":[],"text":"{{text}}"}""";

    private static string Event(string type, string members, int number) =>
        $"event: {type}\ndata: {{\"type\":\"{type}\",{members},\"sequence_number\":{FirstNumber + number}}}\n\n";

    private static string Response(string status, string output) =>
        $$$"""{"id":"resp_2f19feaac282a0b815f3b5d37d99e9c8e72a623c8a54145b63","object":"response","created_at":1795400000,"status":"{{{status}}}","background":false,"completed_at":null,"error":null,"frequency_penalty":0.0,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":"gpt-4.1-mini-2025-04-14","output":{{{output}}},"parallel_tool_calls":true,"presence_penalty":0.0,"previous_response_id":null,"prompt_cache_key":null,"prompt_cache_retention":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null,"service_tier":"auto","store":false,"temperature":1.0,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[],"top_logprobs":0,"top_p":1.0,"truncation":"disabled","usage":{"input_tokens":14,"input_tokens_details":{"cached_tokens":0},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":25},"user":null,"metadata":{}}""";
}
