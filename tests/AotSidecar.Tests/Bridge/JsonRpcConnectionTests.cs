using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.Tests.ChatKit.Harness;

namespace AotSidecar.Tests.Bridge;

public sealed class JsonRpcConnectionTests
{
    [Fact]
    public async Task Call_Answered_IsItsResult()
    {
        await using var pair = await Pair.OpenAsync();

        var call = pair.CallAsync("a");
        var request = await pair.ReceiveAsync();
        await pair.SendAsync($$"""{"jsonrpc":"2.0","id":{{(int)request["id"]!}},"result":{"n":1} }""");

        Assert.Equal(("2.0", "a"), ((string?)request["jsonrpc"], (string?)request["method"]));
        Assert.Equal(1, Assert.IsType<HostReply.Result>(await call.Soon()).Value.GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task Calls_AnsweredInAnotherOrder_GetTheirOwnAnswers()
    {
        await using var pair = await Pair.OpenAsync();
        var calls = Enumerable.Range(0, 3).Select(at => pair.CallAsync($"m{at}")).ToArray();
        var requests = new[] { await pair.ReceiveAsync(), await pair.ReceiveAsync(), await pair.ReceiveAsync() };

        foreach (var request in requests.Reverse())
        {
            await pair.SendAsync($$"""{"jsonrpc":"2.0","id":{{(int)request["id"]!}},"result":"{{(string)request["method"]!}}"}""");
        }

        Assert.Equal(["m0", "m1", "m2"], (await Task.WhenAll(calls).Soon()).Select(static reply => ((HostReply.Result)reply).Value.GetString()));
    }

    [Theory]
    [InlineData("\"error\":{\"code\":-32001,\"message\":\"m\"}", typeof(HostReply.Error))]
    [InlineData("\"error\":{}", typeof(HostReply.Malformed))]
    [InlineData("\"error\":5", typeof(HostReply.Malformed))]
    [InlineData("\"result\":1,\"error\":{\"code\":1}", typeof(HostReply.Malformed))]
    [InlineData("\"x\":1", typeof(HostReply.Malformed))]
    public async Task Call_AnsweredOtherwise_SaysHow(string members, Type expected)
    {
        await using var pair = await Pair.OpenAsync();

        var call = pair.CallAsync("a");
        await pair.SendAsync($$"""{"jsonrpc":"2.0","id":{{(int)(await pair.ReceiveAsync())["id"]!}},{{members}} }""");

        Assert.IsType(expected, await call.Soon());
    }

    [Fact]
    public async Task Call_ThatTakesTooLong_IsCancelledAtThePeerAndALateAnswerDropped()
    {
        await using var pair = await Pair.OpenAsync();
        var call = pair.CallAsync("slow");
        var id = (int)(await pair.ReceiveAsync())["id"]!;

        pair.Clock.Advance(TimeSpan.FromSeconds(10));
        var cancel = await pair.ReceiveAsync();
        await pair.SendAsync($$"""{"jsonrpc":"2.0","id":{{id}},"result":1}""");
        var next = pair.CallAsync("next");
        await pair.SendAsync($$"""{"jsonrpc":"2.0","id":{{(int)(await pair.ReceiveAsync())["id"]!}},"result":2}""");

        Assert.IsType<HostReply.TimedOut>(await call.Soon());
        Assert.Equal(("$/cancelRequest", id), ((string?)cancel["method"], (int)cancel["params"]!["id"]!));
        Assert.IsType<HostReply.Result>(await next.Soon());
        Assert.Equal(1, pair.Connection.DroppedReplies);
    }

    [Fact]
    public async Task Calls_WhenThePeerCloses_AreUnavailable()
    {
        await using var pair = await Pair.OpenAsync();
        var call = pair.CallAsync("a");
        await pair.ReceiveAsync();

        pair.Close();

        Assert.IsType<HostReply.Unavailable>(await call.Soon());
        Assert.Null(await pair.Ended.Soon());
        Assert.IsType<HostReply.Unavailable>(await pair.CallAsync("b").Soon());
    }

    [Fact]
    public async Task Calls_WhenThePeerBreaksTheFraming_AreMalformed()
    {
        await using var pair = await Pair.OpenAsync();
        var call = pair.CallAsync("a");

        await pair.SendRawAsync("Content-Length: x\r\n\r\n"u8.ToArray());

        Assert.IsType<HostReply.Malformed>(await call.Soon());
        Assert.NotNull(await pair.Ended.Soon());
    }

    [Fact]
    public async Task AFrameThatTrickles_EndsTheConnectionAfterItsTime()
    {
        await using var pair = await Pair.OpenAsync();
        await pair.SendRawAsync("Content-"u8.ToArray());

        // The deadline begins when the first byte has been read, which nothing announces.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!pair.Ended.IsCompleted && !limit.IsCancellationRequested)
        {
            pair.Clock.Advance(TimeSpan.FromSeconds(5));
            await Task.WhenAny(pair.Ended, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token));
        }

        Assert.Contains("5 s", (await pair.Ended.Soon())!.Message);
    }

    [Theory]
    [InlineData("nonsense", -32700)]
    [InlineData("[]", -32600)]
    [InlineData("""{"id":1,"method":"echo"}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":5}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"echo"}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"unknown"}""", -32601)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"\ud800"}""", -32601)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"refuse"}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"fail"}""", -32603)]
    public async Task ABadMessage_IsAnsweredAndTheConnectionGoesOn(string message, int code)
    {
        await using var pair = await Pair.OpenAsync(new Method("refuse"), new Method("fail"), new Method("echo"));

        await pair.SendAsync(message);
        var refused = await pair.ReceiveAsync();
        await pair.SendAsync("""{"jsonrpc":"2.0","id":"s","method":"echo","params":[{"a":1}]}""");
        var answered = await pair.ReceiveAsync();

        Assert.Equal(code, (int)refused["error"]!["code"]!);
        Assert.DoesNotContain("inner detail", refused.ToJsonString());
        Assert.Equal(("s", """{"a":1}"""), ((string?)answered["id"], answered["result"]!.ToJsonString()));
    }

    [Fact]
    public async Task ABadCall_IsAnsweredUnderItsIdAndNoCallOfOursIsLostForIt()
    {
        await using var pair = await Pair.OpenAsync();
        var call = pair.CallAsync("a");
        var request = await pair.ReceiveAsync();

        var id = (int)request["id"]!;
        await pair.SendAsync($$"""{"jsonrpc":"2.0","id":{{id}},"method":5}""");
        var refused = await pair.ReceiveAsync();
        await pair.SendAsync($$"""{"jsonrpc":"2.0","id":{{id}},"result":"cut in an emoji: \ud83d"}""");

        Assert.Equal((id, -32600), ((int)refused["id"]!, (int)refused["error"]!["code"]!));
        Assert.Equal("cut in an emoji: \ufffd", Assert.IsType<HostReply.Result>(await call.Soon()).Value.GetString());
    }

    [Fact]
    public async Task AMessageThatIsNotUtf8_FailsTheCallThatWaits()
    {
        await using var pair = await Pair.OpenAsync();
        var call = pair.CallAsync("a");
        await pair.ReceiveAsync();

        await pair.SendRawAsync([.. MessageFraming.Header(4), (byte)'"', 0xff, 0xfe, (byte)'"']);

        Assert.Equal(-32700, (int)(await pair.ReceiveAsync())["error"]!["code"]!);
        Assert.IsType<HostReply.Malformed>(await call.Soon());
    }

    [Fact]
    public async Task APeerThatCallsAndNeverReads_EndsTheConnection()
    {
        await using var pair = await Pair.OpenAsync();
        var call = """{"jsonrpc":"2.0","id":"%","method":"unknown"}""".Replace("%", new string('x', 8192));

        // What is sent before the replies that wait are too many is more than the sockets hold, so this ends with the socket.
        var flood = Task.Run(async () =>
        {
            while (true)
            {
                await pair.SendAsync(call);
            }
        });
        var broken = await pair.Ended.Soon();
        pair.Close();

        Assert.Contains("does not read", broken!.Message);
        await Assert.ThrowsAnyAsync<Exception>(flood.Soon);
    }

    [Fact]
    public async Task Dispose_WhileAReplyIsDue_WritesItFirst()
    {
        var method = new Method("hang");
        await using var pair = await Pair.OpenAsync(method);
        await pair.SendAsync("""{"jsonrpc":"2.0","id":7,"method":"hang"}""");
        await method.Began.Task.Soon();

        var disposed = pair.Connection.DisposeAsync();
        method.Released.SetResult();
        var reply = await pair.ReceiveAsync();
        await disposed.AsTask().Soon();

        Assert.Equal(7, (int)reply["id"]!);
        Assert.Null(reply["result"]);
    }

    [Fact]
    public async Task ARunningHandler_IsCancelledByItsId()
    {
        var method = new Method("hang");
        await using var pair = await Pair.OpenAsync(method);
        await pair.SendAsync("""{"jsonrpc":"2.0","id":7,"method":"hang"}""");
        await method.Began.Task.Soon();

        await pair.SendAsync("""{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":7}}""");

        Assert.Equal(-32800, (int)(await pair.ReceiveAsync())["error"]!["code"]!);
    }

    [Fact]
    public async Task ACancelledCaller_TellsThePeer()
    {
        await using var pair = await Pair.OpenAsync();
        using var cancellation = new CancellationTokenSource();
        var call = pair.CallAsync("a", cancellation.Token);
        await pair.ReceiveAsync();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());
        Assert.Equal("$/cancelRequest", (string?)(await pair.ReceiveAsync())["method"]);
    }

    private sealed class Method(string name) : IHostMethod
    {
        public TaskCompletionSource Began { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => name;

        public async ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
        {
            Began.TrySetResult();
            switch (name)
            {
                case "refuse":
                    throw new HostMethodException(HostMethodException.InvalidParams, "no");
                case "fail":
                    throw new InvalidOperationException("inner detail");
                case "hang":
                    await Released.Task.WaitAsync(cancellationToken);
                    return null;
                default:
                    return System.Text.Encoding.UTF8.GetBytes(parameters.GetRawText());
            }
        }
    }
}
