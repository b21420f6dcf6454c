using static AotSidecar.NativeTests.Providers.ChatFrames;

namespace AotSidecar.NativeTests.Providers;

/// <summary>A call runs once and with its own arguments, however a server sends and repeats it.</summary>
public sealed class CallsOnceTests
{
    private const string Milk = """{"line":"buy milk"}""";

    private const string MilkCall = """{"id":"call_a","type":"function","function":{"name":"add_note","arguments":"{\"line\":\"buy milk\"}"}}""";

    private static readonly string[] Pieces = [Piece(0, """{"line":"b"""), Piece(0, """uy milk"}""")];

    /// <summary>What stands for the one call, in the way of the named server or gateway.</summary>
    public static TheoryData<string, string[]> OneCall => new()
    {
        { "whole again, same id", [Begin(0, "call_a", "add_note"), .. Pieces, Begin(0, "call_a", "add_note", Milk)] },
        { "whole again, index but no id", [Begin(0, "call_a", "add_note"), .. Pieces, Begin(0, null, "add_note", Milk)] },
        { "whole again, id but no index", [Begin(0, "call_a", "add_note"), .. Pieces, Begin(null, "call_a", "add_note", Milk)] },
        { "whole again, neither", [Begin(0, "call_a", "add_note"), .. Pieces, Begin(null, null, "add_note", Milk)] },
        { "whole again, next index", [Begin(0, "call_a", "add_note"), .. Pieces, Begin(1, "call_a", "add_note", Milk)] },
        { "whole again, other spaces", [Begin(0, "call_a", "add_note", Milk), Begin(0, "call_a", "add_note", """{ "line": "buy milk" }""")] },
        { "pieces again", [Begin(0, "call_a", "add_note"), .. Pieces, Begin(0, "call_a", "add_note"), .. Pieces] },
        { "three times", [Begin(0, "call_a", "add_note", Milk), Begin(0, "call_a", "add_note", Milk), Begin(0, null, "add_note", Milk)] },
        { "never an id, never an index", [Begin(null, null, "add_note", Milk), Begin(null, null, "add_note", Milk)] },
        { "a whole message at the end", [Begin(0, "call_a", "add_note"), .. Pieces, Message($"\"content\":null,\"tool_calls\":[{MilkCall}]", "tool_calls")] },
        { "a whole message without the id", [Begin(0, "call_a", "add_note"), .. Pieces, Message($"\"tool_calls\":[{MilkCall.Replace("\"id\":\"call_a\",", "")}]", "tool_calls")] },
        { "a whole message mends lost pieces", [Begin(0, "call_a", "add_note"), Pieces[0], Message($"\"tool_calls\":[{MilkCall}]", "tool_calls")] },
        { "an empty object first", [Begin(0, "call_a", "add_note", "{}"), .. Pieces] },
        { "an empty object twice", [Begin(0, "call_a", "add_note", "{}"), Piece(0, "{}"), .. Pieces] },
        { "an empty object last", [Begin(0, "call_a", "add_note", Milk), Piece(0, "{}")] },
        { "cumulative", [Begin(0, "call_a", "add_note"), Piece(0, Milk[..3]), Piece(0, Milk[..9]), Piece(0, Milk)] },
        { "cumulative, name each time", [Begin(0, "call_a", "add_note", Milk[..3]), Begin(0, "call_a", "add_note", Milk[..9]), Begin(0, "call_a", "add_note", Milk)] },
        { "cumulative, last one twice", [Begin(0, "call_a", "add_note"), Piece(0, Milk[..3]), Piece(0, Milk), Piece(0, Milk)] },
        { "another id in each piece", [Begin(0, "call_a", "add_note"), Call($$$"""{"index":0,"id":"call_b","function":{"arguments":{{{Json(Milk[..4])}}}}}"""), Call($$$"""{"index":0,"id":"call_c","function":{"arguments":{{{Json(Milk[4..])}}}}}""")] },
        { "null first", [Call("""{"index":0,"id":"call_a","type":"function","function":{"name":"add_note","arguments":null}}"""), .. Pieces] },
        { "JSON inside a string", [Begin(0, "call_a", "add_note", Json(Milk))] },
        { "as an object, twice", [.. Enumerable.Repeat(Call($$$"""{"index":0,"id":"call_a","function":{"name":"add_note","arguments":{{{Milk}}}}}"""), 2)] },
    };

    [Theory]
    [MemberData(nameof(OneCall))]
    public async Task Call_SentInAnyWay_RunsOnce(string way, string[] frames)
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(ProviderStage.Plays([.. frames, Finish("tool_calls"), Done]), ProviderStage.Plays(Text("done"), Finish("stop"), Done));

        var stream = await stage.SayAsync();

        Assert.True(stream.Error is null, way);
        Assert.Equal([$"add_note {Milk}"], stage.Ran);
        var call = Assert.Single(stage.Provider.Requests[1].Json["messages"]!.AsArray(), static message => message!["tool_calls"] is not null)!;
        Assert.Equal(Milk, (string?)Assert.Single(call["tool_calls"]!.AsArray())!["function"]!["arguments"]);
    }

    /// <summary>Two calls that have ids of their own are two, whatever else is equal.</summary>
    public static TheoryData<string[]> TwoCalls => new()
    {
        { [Begin(0, "call_a", "add_note", Milk), Begin(1, "call_b", "add_note", Milk)] },
        { [Begin(0, "call_a", "add_note", Milk), Begin(0, "call_b", "add_note", Milk)] },
        { [Begin(null, "call_a", "add_note", Milk), Begin(null, "call_b", "add_note", Milk)] },
        { [Begin(0, null, "add_note", Milk), Begin(1, null, "add_note", Milk)] },
        { [Message($"\"tool_calls\":[{MilkCall},{MilkCall.Replace("call_a", "call_b")}]", "tool_calls")] },
    };

    [Theory]
    [MemberData(nameof(TwoCalls))]
    public async Task Calls_OfTheirOwn_BothRun(string[] frames)
    {
        await using var stage = await ProviderStage.StartAsync();
        stage.Script(ProviderStage.Plays([.. frames, Finish("tool_calls"), Done]), ProviderStage.Plays(Text("done"), Finish("stop"), Done));

        await stage.SayAsync();

        Assert.Equal([$"add_note {Milk}", $"add_note {Milk}"], stage.Ran);
    }

    private const string Item = """{"id":"fc_1","type":"function_call","status":"completed","arguments":"{\"line\":\"buy milk\"}","call_id":"call_a","name":"add_note"}""";
    private const string Opened = """{"id":"fc_1","type":"function_call","status":"in_progress","arguments":"","call_id":"call_a","name":"add_note"}""";

    private static readonly string Added = Event("output_item.added", $"\"output_index\":0,\"item\":{Opened}");
    private static readonly string Finished = Event("output_item.done", $"\"output_index\":0,\"item\":{Item}");
    private static readonly string ArgumentsDone = Event("function_call_arguments.done", $"\"output_index\":0,\"arguments\":{Json(Milk)}");
    private static readonly string Completed = Response("completed", "[]");

    public static TheoryData<string, string[]> OneResponsesCall => new()
    {
        { "finished twice", [Added, Delta(Milk), Finished, Finished, Completed] },
        { "added and finished twice", [Added, Delta(Milk), Finished, Added, Delta(Milk), Finished, Completed] },
        { "again at another index", [Added, Finished, Finished.Replace("\"output_index\":0", "\"output_index\":1").Replace("fc_1", "fc_2"), Completed] },
        { "again without an index", [Added, Finished, Finished.Replace("\"output_index\":0,", "").Replace("fc_1", "fc_2"), Completed] },
        { "again in the response", [Added, Finished, Response("completed", $"[{Item.Replace("fc_1", "fc_9")},{Item.Replace("fc_1", "fc_8")}]")] },
        { "an empty object first", [Added, Delta("{}"), Delta(Milk), Finished, Completed] },
        { "an empty object in the item", [Added, Delta(Milk), Finished.Replace("""{\"line\":\"buy milk\"}""", "{}"), Completed] },
        { "cumulative", [Added, Delta(Milk[..3]), Delta(Milk[..9]), Delta(Milk), Finished.Replace("""{\"line\":\"buy milk\"}""", ""), Completed] },
        { "deltas again", [Added, Delta(Milk), Delta(Milk), Completed] },
        { "the item is never finished", [Added, Delta(Milk), ArgumentsDone, Completed] },
        { "only its arguments are finished", [Added, ArgumentsDone, Completed] },
    };

    [Theory]
    [MemberData(nameof(OneResponsesCall))]
    public async Task ResponsesCall_SentInAnyWay_RunsOnce(string way, string[] frames)
    {
        await using var stage = await ProviderStage.StartAsync(Dialect.Responses);
        stage.Script(ProviderStage.Plays(frames), ResponsesStream.TextAsync);

        var stream = await stage.SayAsync();

        Assert.True(stream.Error is null, way);
        Assert.Equal([$"add_note {Milk}"], stage.Ran);
    }

    /// <summary>Answers that were cut or withheld: what they ask for does not run.</summary>
    public static TheoryData<string, string[]> NoCall => new()
    {
        { Dialect.Responses, [Added, Delta(Milk[..5]), Response("incomplete", "[]")] },
        { Dialect.Responses, [Added, Delta(Milk), ArgumentsDone, Finished, Response("incomplete", "[]")] },
        { Dialect.Responses, [Added, Delta(Milk), Finished] },
        { Dialect.ChatCompletions, [Begin(0, "call_a", "add_note", Milk), Finish("content_filter"), Done] },
        { Dialect.ChatCompletions, [Begin(0, "call_a", "add_note", Milk), Finish("length"), Done] },
        { Dialect.ChatCompletions, [Begin(0, "call_a", "add_note", Milk)] },
        { Dialect.ChatCompletions, [Begin(0, "call_a", "add_note", Milk[..5]), Done] },
    };

    [Theory]
    [MemberData(nameof(NoCall))]
    public async Task Call_WithoutACompletionThatSaysSo_DoesNotRun(string dialect, string[] frames)
    {
        await using var stage = await ProviderStage.StartAsync(dialect);
        stage.Script(ProviderStage.Plays(frames));

        await stage.SayAsync();

        Assert.Empty(stage.Ran);
    }

    private static string Delta(string arguments) =>
        Event("function_call_arguments.delta", $"\"output_index\":0,\"delta\":{Json(arguments)}");

    private static string Response(string status, string output) =>
        Event(status, $$"""
            "response":{"id":"r","object":"response","status":"{{status}}","output":{{output}},"usage":null}
            """);

    private static string Event(string type, string members) => $$"""data: {"type":"response.{{type}}",{{members}}}""" + "\n\n";
}
