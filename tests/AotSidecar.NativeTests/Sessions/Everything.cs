using System.Collections.Concurrent;

namespace AotSidecar.NativeTests.Sessions;

/// <summary>Uses all that a page, a host and a provider can, well and badly, each in a way that tempts someone to quote what was given; keeps every reply.</summary>
internal sealed class Everything(Sidecar sidecar, Session session, string key, string prompt)
{
    public List<string> Replies { get; } = [];

    /// <summary>A host that offers all it may, and whose failures quote the key.</summary>
    public static void Offer(BridgeHost host, string key)
    {
        host.ApiKey = _ => key;
        host.Capabilities = """{"tools":true,"actions":true,"feedback":true}""";
        host.OnOther = (connection, request) => ((string)request["method"]!, (string?)request["params"]?["name"]) switch
        {
            ("tools/list", _) => connection.ReplyAsync(request["id"]!, """{"tools":[{"name":"show","inputSchema":{"type":"object"}},{"name":"fail","inputSchema":{"type":"object"}}]}"""),
            ("tools/call", "show") => connection.ReplyAsync(request["id"]!, """{"content":[{"type":"text","text":"shown"}]}"""),
            _ => connection.FailAsync(request["id"]!, -32603, $"failed with {key}"),
        };
    }

    public async Task UseAsync()
    {
        await TurnsAsync();
        await ToolsAsync();
        await FilesAsync();
        await OperationsAsync();
        await RelayAsync();
        await HostAsync();

        // The last one: a refused key ends its sessions.
        await TurnAsync(exchange => exchange.ReplyAsync(401, Echo(exchange, "invalid_api_key")));
        await ChatAsync(ChatBody.List);
    }

    private async Task TurnsAsync()
    {
        await TurnAsync(ResponsesStream.TextAsync);
        await TurnAsync(exchange => exchange.ReplyAsync(400, Echo(exchange)));
        await TurnAsync(exchange => exchange.ReplyAsync(500, Echo(exchange)));
        await TurnAsync(exchange => exchange.ReplyAsync(429, Echo(exchange)));
        await TurnAsync(exchange => exchange.ReplyAsync(200, $"<html>{exchange.Request.Bearer}", "Content-Type: text/html\r\n"));
        await TurnAsync(exchange => exchange.ReplyAsync(302, "", $"Location: http://127.0.0.1:9/{exchange.Request.Bearer}\r\n"));
        await TurnAsync(async exchange =>
        {
            await exchange.BeginStreamAsync($"X-Request-Id: {exchange.Request.Bearer}\r\n");
            await exchange.EventAsync($"event: error\ndata: {Echo(exchange)}\n\n");
            await exchange.EndStreamAsync();
        });
        await TurnAsync(ResetAsync);
    }

    private async Task ToolsAsync()
    {
        await TurnAsync(exchange => ResponsesStream.ToolCallAsync(exchange, "show", "{}"), ResponsesStream.TextAsync);
        await TurnAsync(exchange => ResponsesStream.ToolCallAsync(exchange, "fail", "{}"), ResponsesStream.TextAsync);
        await TurnAsync(exchange => ResponsesStream.ToolCallAsync(exchange, "unknown", $$"""{"x":"{{prompt}}"}"""), ResponsesStream.TextAsync);
    }

    private async Task FilesAsync()
    {
        var announced = await ChatAsync("""{"type":"attachments.create","params":{"name":"a.txt","size":40,"mime_type":"text/plain"}}""");
        var id = (string)announced.Json["id"]!;
        var file = prompt.PadRight(40)[..40];
        await SendAsync(new HttpCall("PUT", $"/attachments/{id}") { Bearer = session.Token, Body = file, ContentType = "text/plain" });
        await SendAsync(new HttpCall("PUT", $"/attachments/{id}?token={session.Token}") { Body = file, ContentType = "text/plain" });
        await SendAsync(new HttpCall("GET", $"/attachments/{id}") { Bearer = session.Token });
        await SendAsync(new HttpCall("POST", "/attachments") { Bearer = session.Token, Body = file, ContentType = "text/plain" });
        Play(ResponsesStream.TextAsync);
        using (var stream = await sidecar.Door.StreamAsync(session, ChatBody.Message(prompt).Replace("\"attachments\":[]", $"\"attachments\":[\"{id}\"]", StringComparison.Ordinal)))
        {
            Replies.Add((await stream.ToEndAsync()).Raw.ToString());
        }

        await ChatAsync($$$"""{"type":"attachments.delete","params":{"attachment_id":"{{{id}}}"}}""");
        const string transcribe = """{"type":"input.transcribe","params":{"audio_base64":"AAECAw==","mime_type":"audio/webm"}}""";
        Play(exchange => exchange.ReplyAsync(200, """{"text":"spoken"}"""));
        await ChatAsync(transcribe);
        Play(exchange => exchange.ReplyAsync(400, Echo(exchange)));
        await ChatAsync(transcribe);
    }

    private async Task OperationsAsync()
    {
        Play(ResponsesStream.TextAsync);
        using var stream = await sidecar.StreamAsync(session, prompt);
        var thread = (await stream.ToEndAsync()).ThreadId;
        foreach (var body in (string[])
        [
            ChatBody.List,
            Of("threads.get_by_id", thread, ""),
            Of("items.list", thread, ""),
            Of("items.feedback", thread, ""","item_ids":["a"],"kind":"positive" """),
            Of("threads.update", thread, $$""","title":"{{prompt}}" """),
            Of("threads.sync_custom_action", thread, $$$""","action":{"type":"go","payload":{"x":"{{{prompt}}}"}}"""),
            Of("threads.add_client_tool_output", thread, $$""","result":"{{prompt}}" """),
            $"{{{key}", $$"""{"type":"{{session.Token}}"}""",
        ])
        {
            await RawAsync(new HttpCall("POST", "/chatkit") { Bearer = session.Token, Body = body });
        }

        await SendAsync(new HttpCall("GET", $"/threads?q={Uri.EscapeDataString(prompt)}") { Bearer = session.Token });
        await ChatAsync(Of("threads.delete", thread, ""));
        await SendAsync(new HttpCall("POST", "/chatkit") { Bearer = key, Body = ChatBody.List });
        await SendAsync(new HttpCall("GET", $"/nowhere?token={session.Token}") { Bearer = session.Token });
    }

    /// <summary>What the provider itself says is passed on as it is, so here only what it says where nothing is passed on quotes the key.</summary>
    private async Task RelayAsync()
    {
        const string body = """{"model":"m","input":"x","stream":true}""";
        Func<ProviderExchange, Task>[] answers =
        [
            ResponsesStream.TextAsync,
            exchange => exchange.ReplyAsync(200, """{"data":[]}""", $"Set-Cookie: k={exchange.Request.Bearer}\r\nContent-Type: application/json\r\n"),
            exchange => exchange.ReplyAsync(500, """{"error":{"message":"broken"}}"""),
            exchange => exchange.ReplyAsync(302, "", $"Location: http://127.0.0.1:9/{exchange.Request.Bearer}\r\n"),
            ResetAsync,
        ];
        foreach (var answer in answers)
        {
            Play(answer);
            foreach (var path in (string[])["/v1/responses", "/v1/chat/completions", "/v1/embeddings"])
            {
                await RawAsync(new HttpCall("POST", path) { Bearer = session.Token, Body = body });
            }

            await RawAsync(new HttpCall("POST", "/v1/audio/transcriptions") { Bearer = session.Token, Body = "x", ContentType = "multipart/form-data; boundary=x" });
            await RawAsync(new HttpCall("GET", "/v1/models") { Bearer = session.Token });
            await RawAsync(new HttpCall("GET", "/v1/models/m") { Bearer = session.Token });
        }
    }

    private async Task HostAsync()
    {
        await SendAsync(new HttpCall("POST", "/sessions") { Bearer = sidecar.Host.LaunchSecret, Body = $$"""{"secret_key_id":"{{session.Token}}","{{key}}":1}""" });
        await SendAsync(new HttpCall("POST", "/sessions") { Bearer = session.Token, Body = """{"secret_key_id":"k"}""" });
        foreach (var path in (string[])["/status", "/metrics", $"/sessions/{session.Id}", $"/sessions/{session.Token}", "/health"])
        {
            await SendAsync(new HttpCall("GET", path) { Bearer = sidecar.Host.LaunchSecret });
        }

        sidecar.Host.OnSecretsGet = (connection, request) => connection.FailAsync(request["id"]!, -32603, $"failed for {key}");
        await SendAsync(Mint("broken"));
        sidecar.Host.OnSecretsGet = (connection, request) =>
            connection.ReplyAsync(request["id"]!, $$"""{"secret":"{{key}}\r\nX-Evil: 1"}""");
        await SendAsync(Mint("broken-too"));
        var bridge = await sidecar.Host.ConnectedAsync();
        foreach (var (method, parameters) in ((string, string)[])
        [
            ("sessions/create", $$"""{"secretKeyId":"{{key}} "}"""), ("sessions/revoke", $$"""{"id":"{{session.Token}}"}"""),
            ("access/allow", $$"""{"origins":["{{key}}"]}"""), ("log/setLevel", $$"""{"level":"{{key}}"}"""), (key.Replace('"', ' '), "{}"),
        ])
        {
            Replies.Add((await bridge.CallAsync(method, parameters)).ToJsonString());
        }
    }

    private HttpCall Mint(string id) =>
        new("POST", "/sessions") { Bearer = sidecar.Host.LaunchSecret, Body = $$"""{"secret_key_id":"{{id}}"}""" };

    private static string Of(string type, string thread, string more) =>
        $$$"""{"type":"{{{type}}}","params":{"thread_id":"{{{thread}}}"{{{more}}}}}""";

    private async Task TurnAsync(params Func<ProviderExchange, Task>[] answers)
    {
        Play(answers);
        using var stream = await sidecar.StreamAsync(session, prompt);
        await stream.ToEndAsync();
        Replies.Add(stream.Raw.ToString());
    }

    /// <summary>The provider's next answers, in turn; the last one stays.</summary>
    private void Play(params Func<ProviderExchange, Task>[] answers)
    {
        var left = new ConcurrentQueue<Func<ProviderExchange, Task>>(answers);
        sidecar.Provider.Answer = exchange => (left.Count > 1 && left.TryDequeue(out var next) ? next : left.First())(exchange);
    }

    private Task<RawReply> ChatAsync(string body) => SendAsync(new HttpCall("POST", "/chatkit") { Bearer = session.Token, Body = body });

    private async Task<RawReply> SendAsync(HttpCall call)
    {
        var reply = await sidecar.SendAsync(call);
        Replies.Add(reply.ToString());
        return reply;
    }

    /// <summary>For replies that may be streams, or cut.</summary>
    private async Task RawAsync(HttpCall call)
    {
        using var connection = await sidecar.ConnectAsync();
        await connection.SendAsync(call.ToBytes(sidecar.Door.Authority));
        Replies.Add((await connection.ReadReplyAsync()).ToString());
    }

    private static Task ResetAsync(ProviderExchange exchange)
    {
        exchange.Reset();
        return Task.CompletedTask;
    }

    /// <param name="code">Only a refused key ends the session, so the other turns fail in other ways.</param>
    private static string Echo(ProviderExchange exchange, string code = "server_error") =>
        $$$"""{"type":"error","error":{"message":"It went wrong with {{{exchange.Request.Bearer}}}","code":"{{{code}}}","type":"x"}}""";
}
