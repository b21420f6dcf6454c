namespace AotSidecar.NativeTests.Harness;

/// <summary>One of the two provider APIs: how a scripted provider answers in it, and where its requests have what.</summary>
internal abstract class Dialect
{
    public const string Responses = "responses";
    public const string ChatCompletions = "chat-completions";

    public static Dialect Of(string name) => name == Responses ? new ResponsesDialect() : new ChatDialect();

    public abstract Task SayAsync(ProviderExchange exchange, params string[] words);

    /// <summary>Sends a word now and then until the sidecar hangs up.</summary>
    public abstract Task SayEndlesslyAsync(ProviderExchange exchange);

    public abstract Task CallAsync(ProviderExchange exchange, params ProviderCall[] calls);

    /// <summary>The names of the functions that a request declares.</summary>
    public abstract IEnumerable<string> Tools(ProviderRequest request);

    /// <summary>The outputs of a request's function calls, by call id.</summary>
    public abstract Dictionary<string, string> Outputs(ProviderRequest request);

    private sealed class ResponsesDialect : Dialect
    {
        public override Task SayAsync(ProviderExchange exchange, params string[] words) => ResponsesStream.WordsAsync(exchange, words);

        public override Task SayEndlesslyAsync(ProviderExchange exchange) => ResponsesStream.EndlessAsync(exchange);

        public override Task CallAsync(ProviderExchange exchange, params ProviderCall[] calls) => ResponsesStream.CallsAsync(exchange, calls);

        public override IEnumerable<string> Tools(ProviderRequest request) =>
            request.Json["tools"]?.AsArray().Select(static tool => (string)tool!["name"]!) ?? [];

        public override Dictionary<string, string> Outputs(ProviderRequest request) => request.Json["input"]!.AsArray()
            .Where(static item => (string?)item!["type"] == "function_call_output")
            .ToDictionary(static item => (string)item!["call_id"]!, static item => (string)item!["output"]!);
    }

    private sealed class ChatDialect : Dialect
    {
        public override Task SayAsync(ProviderExchange exchange, params string[] words) => ChatCompletionsStream.WordsAsync(exchange, words);

        public override Task SayEndlesslyAsync(ProviderExchange exchange) => ChatCompletionsStream.EndlessAsync(exchange);

        public override Task CallAsync(ProviderExchange exchange, params ProviderCall[] calls) => ChatCompletionsStream.CallsAsync(exchange, calls);

        public override IEnumerable<string> Tools(ProviderRequest request) =>
            request.Json["tools"]?.AsArray().Select(static tool => (string)tool!["function"]!["name"]!) ?? [];

        public override Dictionary<string, string> Outputs(ProviderRequest request) => request.Json["messages"]!.AsArray()
            .Where(static message => (string?)message!["role"] == "tool")
            .ToDictionary(static message => (string)message!["tool_call_id"]!, static message => (string)message!["content"]!);
    }
}
