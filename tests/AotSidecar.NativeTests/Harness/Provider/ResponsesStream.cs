using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

/// <summary>Event streams of the Responses API, in the order and with the members that the real one sends.</summary>
internal static class ResponsesStream
{
    private const string Item = "msg_4186edba8b9e55dd8fb68ae989335b724a55f9b9fa2201819e";

    private const string CallItem = "fc_9154af65be85b54798c8b76169a39a793e586fb17fd6f48e2";

    private const string Usage = """
        {"input_tokens":14,"input_tokens_details":{"cached_tokens":0},
        "output_tokens":11,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":25}
        """;

    public static Task TextAsync(ProviderExchange exchange) =>
        WordsAsync(exchange, "Hello", "!", " from", " 東京", ".");

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

    public static Task ToolCallAsync(ProviderExchange exchange, string tool, string arguments) =>
        CallsAsync(exchange, new ProviderCall("call_GM6xtITSMlJrwO6aEkXrz36n", tool, arguments));

    /// <summary>Asks for functions, as a first answer; the real one then waits for a second request.</summary>
    public static async Task CallsAsync(ProviderExchange exchange, params ProviderCall[] calls)
    {
        await exchange.BeginStreamAsync();
        await exchange.EventAsync(Frame("response.created", 0, $"\"response\":{Response("in_progress", "[]")}"));
        var sequence = 1;
        foreach (var (index, call) in calls.Index())
        {
            var whole = Call("completed", index, call, call.Arguments);
            await exchange.EventAsync(Frame(
                "response.output_item.added", sequence++, $"\"item\":{Call("in_progress", index, call, "")},\"output_index\":{index}"));
            await exchange.EventAsync(Frame("response.function_call_arguments.delta", sequence++, InCall(index, $"\"delta\":{Json(call.Arguments)}")));
            await exchange.EventAsync(Frame("response.function_call_arguments.done", sequence++, InCall(index, $"\"arguments\":{Json(call.Arguments)}")));
            await exchange.EventAsync(Frame("response.output_item.done", sequence++, $"\"item\":{whole},\"output_index\":{index}"));
        }

        var output = string.Join(',', calls.Index().Select(static one => Call("completed", one.Index, one.Item, one.Item.Arguments)));
        await exchange.EventAsync(Frame("response.completed", sequence, $"\"response\":{Response("completed", $"[{output}]")}"));
        await exchange.EndStreamAsync();
    }

    /// <summary>The beginning of an answer, with its first delta.</summary>
    public static async Task BeginAsync(ProviderExchange exchange, string delta)
    {
        await BeginAsync(exchange);
        await exchange.EventAsync(Delta(delta, 4));
    }

    /// <summary>The beginning of an answer that is a thought first.</summary>
    public static async Task BeginThoughtAsync(ProviderExchange exchange, string thought)
    {
        await exchange.BeginStreamAsync();
        await exchange.EventAsync(Frame("response.created", 0, $"\"response\":{Response("in_progress", "[]")}"));
        await exchange.EventAsync(Frame(
            "response.output_item.added", 1, """ "item":{"id":"rs_4186edba8b9e55dd8fb68ae989335b72","type":"reasoning","summary":[]},"output_index":0 """));
        await exchange.EventAsync(Frame(
            "response.reasoning_summary_text.delta", 2, $"\"output_index\":0,\"summary_index\":0,\"delta\":{Json(thought)}"));
    }

    private static async Task BeginAsync(ProviderExchange exchange)
    {
        await exchange.BeginStreamAsync();
        await exchange.EventAsync(Frame("response.created", 0, $"\"response\":{Response("in_progress", "[]")}"));
        await exchange.EventAsync(Frame("response.in_progress", 1, $"\"response\":{Response("in_progress", "[]")}"));
        await exchange.EventAsync(Frame(
            "response.output_item.added", 2, $"\"item\":{Message("in_progress", "[]")},\"output_index\":0"));
        await exchange.EventAsync(Frame("response.content_part.added", 3, InItem($"\"part\":{Part("")}")));
    }

    private static async Task EndAsync(ProviderExchange exchange, string text, int sequence)
    {
        var message = Message("completed", $"[{Part(text)}]");
        await exchange.EventAsync(Frame(
            "response.output_text.done", sequence, InItem($"\"logprobs\":[],\"text\":{Json(text)}")));
        await exchange.EventAsync(Frame("response.content_part.done", sequence + 1, InItem($"\"part\":{Part(text)}")));
        await exchange.EventAsync(Frame(
            "response.output_item.done", sequence + 2, $"\"item\":{message},\"output_index\":0"));
        await exchange.EventAsync(Frame(
            "response.completed", sequence + 3, $"\"response\":{Response("completed", $"[{message}]")}"));
        await exchange.EndStreamAsync();
    }

    private static string Delta(string text, int sequence) => Frame(
        "response.output_text.delta", sequence,
        InItem($"\"delta\":{Json(text)},\"logprobs\":[],\"obfuscation\":\"2tlY71AOMQ9\""));

    private static string Frame(string type, int sequence, string members) =>
        $$"""
        event: {{type}}
        data: {"type":"{{type}}",{{members.ReplaceLineEndings("")}},"sequence_number":{{sequence}}}


        """;

    private static string InItem(string members) =>
        $"\"content_index\":0,\"item_id\":\"{Item}\",\"output_index\":0,{members}";

    private static string InCall(int index, string members) =>
        $"\"item_id\":\"{CallItem}{index}\",\"output_index\":{index},{members}";

    private static string Call(string status, int index, ProviderCall call, string arguments) => $$"""
        {"id":"{{CallItem}}{{index}}","type":"function_call","status":"{{status}}","arguments":{{Json(arguments)}},
        "call_id":"{{call.CallId}}","name":"{{call.Tool}}"}
        """;

    private static string Json(string text) => JsonValue.Create(text).ToJsonString();

    private static string Part(string text) =>
        $$"""{"type":"output_text","annotations":[],"logprobs":[],"text":{{Json(text)}}}""";

    private static string Message(string status, string content) =>
        $$"""{"id":"{{Item}}","type":"message","status":"{{status}}","content":{{content}},"role":"assistant"}""";

    private static string Response(string status, string output) => $$$"""
        {"id":"resp_2f19feaac282a0b815f3b5d37d99e9c8e72a623c8a54145b63","object":"response","created_at":1795400000,
        "status":"{{{status}}}","background":false,"completed_at":null,"error":null,"incomplete_details":null,
        "instructions":null,"max_output_tokens":null,"model":"gpt-4.1-mini-2025-04-14","output":{{{output}}},
        "parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},
        "store":false,"temperature":1.0,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto",
        "tools":[],"top_p":1.0,"truncation":"disabled","usage":{{{(status == "completed" ? Usage : "null")}}},
        "user":null,"metadata":{}}
        """;
}
