using System.Globalization;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

/// <summary>Event streams of the Responses API, in the order and with the members that the real one sends.</summary>
internal static class ResponsesStream
{
    private const string Item = "msg_4186edba8b9e55dd8fb68ae989335b724a55f9b9fa2201819e";

    public static async Task TextAsync(ProviderExchange exchange) => await WordsAsync(exchange, "Hello", "!", " from", " 東京", ".");

    public static Task WordsAsync(ProviderExchange exchange, params string[] words) =>
        WordsAsync(exchange, _ => Task.CompletedTask, words);

    /// <summary>Sends one delta for each word, after <paramref name="before"/> has completed for its index.</summary>
    public static async Task WordsAsync(ProviderExchange exchange, Func<int, Task> before, params string[] words)
    {
        await BeginAsync(exchange);
        for (var index = 0; index < words.Length; index++)
        {
            await before(index);
            await exchange.EventAsync(Delta(words[index], index + 4));
        }

        await EndAsync(exchange, string.Concat(words), words.Length + 4);
    }

    /// <summary>Sends a word now and then until the sidecar hangs up.</summary>
    public static async Task EndlessAsync(ProviderExchange exchange)
    {
        await BeginAsync(exchange);
        for (var index = 4; !exchange.ClientClosed.IsCompleted; index++)
        {
            await exchange.EventAsync(Delta(" word", index));
            await Task.WhenAny(exchange.ClientClosed, Deadline.Passes(TimeSpan.FromMilliseconds(50)));
        }
    }

    public static async Task BeginAsync(ProviderExchange exchange)
    {
        await exchange.BeginStreamAsync();
        await exchange.EventAsync(Frame($$"""{"type":"response.created","response":{{Response("in_progress", "[]")}},"sequence_number":0}"""));
        await exchange.EventAsync(Frame($$"""{"type":"response.in_progress","response":{{Response("in_progress", "[]")}},"sequence_number":1}"""));
        await exchange.EventAsync(Frame($$"""{"type":"response.output_item.added","item":{{Message("in_progress", "[]")}},"output_index":0,"sequence_number":2}"""));
        await exchange.EventAsync(Frame($$"""{"type":"response.content_part.added","content_index":0,"item_id":"{{Item}}","output_index":0,"part":{{Part("")}},"sequence_number":3}"""));
    }

    public static async Task EndAsync(ProviderExchange exchange, string text, int sequence)
    {
        var message = Message("completed", $"[{Part(text)}]");
        await exchange.EventAsync(Frame($$"""{"type":"response.output_text.done","content_index":0,"item_id":"{{Item}}","logprobs":[],"output_index":0,"sequence_number":{{sequence}},"text":{{Json(text)}}}"""));
        await exchange.EventAsync(Frame($$"""{"type":"response.content_part.done","content_index":0,"item_id":"{{Item}}","output_index":0,"part":{{Part(text)}},"sequence_number":{{sequence + 1}}}"""));
        await exchange.EventAsync(Frame($$"""{"type":"response.output_item.done","item":{{message}},"output_index":0,"sequence_number":{{sequence + 2}}}"""));
        await exchange.EventAsync(Frame($$"""{"type":"response.completed","response":{{Response("completed", $"[{message}]")}},"sequence_number":{{sequence + 3}}}"""));
        await exchange.EndStreamAsync();
    }

    public static string Delta(string text, int sequence) => Frame(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"type":"response.output_text.delta","content_index":0,"delta":{{Json(text)}},"item_id":"{{Item}}","logprobs":[],"obfuscation":"2tlY71AOMQ9","output_index":0,"sequence_number":{{sequence}}}"""));

    private static string Frame(string json) => $"event: {(string)JsonNode.Parse(json)!["type"]!}\ndata: {json}\n\n";

    private static string Json(string text) => JsonValue.Create(text).ToJsonString();

    private static string Part(string text) =>
        $$"""{"type":"output_text","annotations":[],"logprobs":[],"text":{{Json(text)}}}""";

    private static string Message(string status, string content) =>
        $$"""{"id":"{{Item}}","type":"message","status":"{{status}}","content":{{content}},"role":"assistant"}""";

    private static string Response(string status, string output) =>
        $$$"""{"id":"resp_2f19feaac282a0b815f3b5d37d99e9c8e72a623c8a54145b63","object":"response","created_at":1795400000,"status":"{{{status}}}","background":false,"completed_at":null,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"model":"gpt-4.1-mini-2025-04-14","output":{{{output}}},"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},"store":false,"temperature":1.0,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":{{{(status == "completed" ? """{"input_tokens":14,"input_tokens_details":{"cached_tokens":0},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":25}""" : "null")}}},"user":null,"metadata":{}}""";
}
