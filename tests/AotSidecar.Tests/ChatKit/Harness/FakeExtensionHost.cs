using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AotSidecar.Bridge;

namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>The extension host's answers by method, and a record of what it was asked.</summary>
internal sealed class FakeExtensionHost : IExtensionHost
{
    private readonly ConcurrentQueue<(string Method, JsonNode Params)> _calls = new();

    public HostCapabilities Capabilities { get; set; } = HostCapabilities.None;

    public ConcurrentDictionary<string, Func<JsonNode, CancellationToken, Task<HostReply>>> Answers { get; } = new();

    public IReadOnlyList<JsonNode> Calls(string method) =>
        [.. _calls.Where(call => call.Method == method).Select(call => call.Params)];

    public void Answer(string method, string json) =>
        Answers[method] = (_, _) => Task.FromResult<HostReply>(new HostReply.Result(JsonElement.Parse(json)));

    public void Answer(string method, Func<JsonNode, string> json) =>
        Answers[method] = (given, _) => Task.FromResult<HostReply>(new HostReply.Result(JsonElement.Parse(json(given))));

    public void Answer(string method, HostReply reply) => Answers[method] = (_, _) => Task.FromResult(reply);

    /// <summary>Offers tools, each with a free-form object as its arguments.</summary>
    public void OfferTools(params string[] names)
    {
        Capabilities = Capabilities with { Tools = true };
        Answer("tools/list", $$"""{"tools":[{{string.Join(',', names.Select(name => $$$"""{"name":"{{{name}}}","title":"The {{{name}}}","inputSchema":{"type":"object"}}"""))}}]}""");
    }

    public Task<HostReply> CallAsync(
        string method, ReadOnlyMemory<byte> parameters, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var given = JsonNode.Parse(Encoding.UTF8.GetString(parameters.Span))!;
        _calls.Enqueue((method, given));
        return Answers.TryGetValue(method, out var answer)
            ? answer(given, cancellationToken)
            : throw new InvalidOperationException($"the host was asked {method}, which the test did not plan");
    }

    public Task NotifyAsync(string method, ReadOnlyMemory<byte> parameters, CancellationToken cancellationToken)
    {
        _calls.Enqueue((method, JsonNode.Parse(Encoding.UTF8.GetString(parameters.Span))!));
        return Task.CompletedTask;
    }
}
