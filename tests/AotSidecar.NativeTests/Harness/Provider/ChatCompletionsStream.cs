using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

/// <summary>Event streams of the Chat Completions API.</summary>
internal static class ChatCompletionsStream
{
    public static async Task WordsAsync(ProviderExchange exchange, params string[] words)
    {
        await exchange.BeginStreamAsync();
        await exchange.EventAsync(Chunk("""{"role":"assistant","content":"","refusal":null}""", "null"));
        foreach (var word in words)
        {
            await exchange.EventAsync(Chunk($$"""{"content":{{JsonValue.Create(word).ToJsonString()}}}""", "null"));
        }

        await exchange.EventAsync(Chunk("{}", "\"stop\""));
        await exchange.EventAsync("data: [DONE]\n\n");
        await exchange.EndStreamAsync();
    }

    public static async Task EndlessAsync(ProviderExchange exchange)
    {
        await exchange.BeginStreamAsync();
        while (!exchange.ClientClosed.IsCompleted)
        {
            await exchange.EventAsync(Chunk("""{"content":" word"}""", "null"));
            await Task.WhenAny(exchange.ClientClosed, Deadline.Passes(TimeSpan.FromMilliseconds(50)));
        }
    }

    /// <summary>Asks for functions, each in two pieces as the real one sends them.</summary>
    public static async Task CallsAsync(ProviderExchange exchange, params ProviderCall[] calls)
    {
        await exchange.BeginStreamAsync();
        foreach (var (index, call) in calls.Index())
        {
            await exchange.EventAsync(Chunk(
                $$$"""{"tool_calls":[{"index":{{{index}}},"id":"{{{call.CallId}}}","type":"function","function":{"name":"{{{call.Tool}}}","arguments":""}}]}""", "null"));
            await exchange.EventAsync(Chunk(
                $$$"""{"tool_calls":[{"index":{{{index}}},"function":{"arguments":{{{JsonValue.Create(call.Arguments).ToJsonString()}}}}}]}""", "null"));
        }

        await exchange.EventAsync(Chunk("{}", "\"tool_calls\""));
        await exchange.EventAsync("data: [DONE]\n\n");
        await exchange.EndStreamAsync();
    }

    private static string Chunk(string delta, string finish) =>
        $$"""
        data: {"id":"chatcmpl-7dCQRS2UBdZS2qehxhxK0B2uE64Di","object":"chat.completion.chunk","created":1795400000,
        "model":"gpt-4.1-mini-2025-04-14","service_tier":"default","system_fingerprint":"fp_f4ae844694","choices":
        [{"index":0,"delta":{{delta}},"logprobs":null,"finish_reason":{{finish}}}],"usage":null,"obfuscation":"0wHy"}
        """.ReplaceLineEndings("") + "\n\n";
}
