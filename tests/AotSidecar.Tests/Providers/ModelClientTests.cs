using System.Text.Json.Nodes;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Requests;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.Providers;

/// <summary>What a turn comes to, and how often it is asked for, when a provider fails over HTTP.</summary>
public sealed class ModelClientTests
{
    private const string RequestId = "x-request-id: req_abc\r\n";

    private static ProviderScript Good => connection => connection.StreamAsync(Fixture.Text("resp-text"));

    /// <summary>Status, headers and body of a refusal; then the code, our status, the category, and how often it was asked for.</summary>
    public static TheoryData<int, string, string, string, int, string, int> Refusals => new()
    {
        { 401, "", Error("invalid_api_key", "invalid_request_error"), "upstream_auth_failed", 502, "Auth", 1 },
        { 403, "", Error("unsupported_country", "request_forbidden"), "upstream_rejected", 502, "NotFound", 1 },
        { 404, "", Error("model_not_found", "invalid_request_error"), "upstream_rejected", 502, "NotFound", 1 },
        { 404, "", "nothing here", "upstream_rejected", 502, "NotFound", 1 },
        { 400, "", Error("context_length_exceeded", "invalid_request_error"), "upstream_context_too_long", 400, "Context", 1 },
        { 400, "", Error(null, "x", "This model's maximum context length is 8192 tokens"), "upstream_context_too_long", 400, "Context", 1 },
        { 400, "", Error("content_filter", "x"), "upstream_content_policy", 400, "Policy", 1 },
        { 400, "", Error(null, "invalid_request_error", "Unsupported parameter: 'temperature'"), "upstream_invalid_request", 400, "BadRequest", 1 },
        { 422, "", """{"detail":[{"msg":"field required"}]}""", "upstream_invalid_request", 400, "BadRequest", 1 },
        { 400, "", """[{"error":{"code":400,"message":"Invalid JSON payload","status":"INVALID_ARGUMENT"}}]""", "upstream_invalid_request", 400, "BadRequest", 1 },
        { 401, "", """{"object":"error","message":"Unauthorized","type":"invalid_request_error","code":null}""", "upstream_auth_failed", 502, "Auth", 1 },
        { 402, "", "", "upstream_quota_exceeded", 429, "Quota", 1 },
        { 429, "", Error("insufficient_quota", "insufficient_quota"), "upstream_quota_exceeded", 429, "Quota", 1 },
        { 429, "", Error("rate_limit_exceeded", "tokens", "Request too large: Limit 30000, Requested 35364."), "upstream_rate_limited", 429, "Rate", 1 },
        { 429, "Retry-After: 40\r\n", Error("rate_limit_exceeded", "requests"), "upstream_rate_limited", 429, "Rate", 1 },
        { 429, "x-should-retry: false\r\n", Error("rate_limit_exceeded", "requests"), "upstream_rate_limited", 429, "Rate", 1 },
        { 429, "", "", "upstream_rate_limited", 429, "Rate", 3 },
        { 503, "", Error("server_is_overloaded", "service_unavailable_error"), "upstream_error", 502, "Overloaded", 3 },
        { 500, "", "<html>oops</html>", "upstream_error", 502, "Server", 3 },
        { 529, "", "", "upstream_error", 502, "Overloaded", 3 },
        { 408, "", "", "upstream_error", 502, "Server", 3 },
        { 413, "", "<html>too large</html>", "upstream_invalid_request", 400, "BadRequest", 1 },
        { 400, "", """[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]""", "upstream_auth_failed", 502, "Auth", 1 },
        { 400, "", """{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"maximum context length is 8192\"}}"}}}""", "upstream_context_too_long", 400, "Context", 1 },
        { 400, "", """{"error_code":"context_length_exceeded","message":"x"}""", "upstream_context_too_long", 400, "Context", 1 },
        { 400, "", """{"base_resp":{"status_code":2013,"status_msg":"context window exceeds limit"}}""", "upstream_context_too_long", 400, "Context", 1 },
        { 400, "", """{"error":{"message":"{\"error\":{\"message\":\"x\",\"code\":\"context_length_exceeded\"}}","code":400}}""", "upstream_context_too_long", 400, "Context", 1 },
        { 404, "x-should-retry: true\r\n", Error("model_not_found", "x"), "upstream_rejected", 502, "NotFound", 3 },
        { 429, "x-should-retry: true\r\n", Error("insufficient_quota", "x"), "upstream_quota_exceeded", 429, "Quota", 1 },
        { 400, "x-should-retry: true\r\n", Error(null, "invalid_request_error"), "upstream_invalid_request", 400, "BadRequest", 1 },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Ask_WhenRefused_FailsInOurWords(
        int status, string headers, string body, string code, int ourStatus, string category, int requests)
    {
        await using var provider = new ScriptedProvider(connection =>
            connection.ReplyAsync(status, body, headers: RequestId + headers));
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        var failure = transcript.Failure;
        Assert.Single(transcript.Events);
        Assert.Equal((code, ourStatus, category), (failure.Code, failure.Status, failure.Category.ToString()));
        Assert.Equal("req_abc", failure.RequestId);
        Assert.Equal(requests, provider.Requests.Count);
        Assert.All(client.Clock.BackOffs, delay => Assert.InRange(delay, TimeSpan.FromSeconds(0.37), TimeSpan.FromSeconds(8)));
        AssertOwnWords(client, failure);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("999999", 3600)]
    [InlineData("-1", null)]
    [InlineData("0", null)]
    [InlineData("soon", null)]
    [InlineData("2.5", 2)]
    [InlineData("Sat, 01 Jan 2000 00:00:20 GMT", 20)]
    public async Task Ask_WhenRateLimited_TellsASaneDelay(string header, int? seconds)
    {
        await using var provider = new ScriptedProvider(connection =>
            connection.ReplyAsync(429, "", headers: $"Retry-After: {header}\r\n"));
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal(seconds, (int?)transcript.Failure.RetryAfter?.TotalSeconds);
    }

    [Theory]
    [InlineData("Retry-After: 1", 1000)]
    [InlineData("retry-after-ms: 300", 300)]
    public async Task Ask_WhenRateLimitedOnce_WaitsAndSucceeds(string header, int milliseconds)
    {
        await using var provider = new ScriptedProvider(
            connection => connection.ReplyAsync(429, "", headers: header + "\r\n"), Good);
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal("Hello! Grüße from 東京 🌟.", transcript.Text);
        Assert.Equal([TimeSpan.FromMilliseconds(milliseconds)], client.Clock.BackOffs);
        Assert.Equal(2, provider.Requests.Count);
    }

    [Fact]
    public async Task Ask_WhenTheStreamSaysRateLimit_WaitsAsTold()
    {
        await using var provider = new ScriptedProvider(
            connection => connection.StreamAsync(Fixture.Text("resp-failed-only")), Good);
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal([TimeSpan.FromSeconds(6.4)], client.Clock.BackOffs);
        Assert.Single(transcript.All<ProviderEvent.TurnStarted>());
        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
    }

    [Theory]
    [InlineData("resp-failed-quota", 1)]
    [InlineData("resp-failed-context", 1)]
    [InlineData("resp-error-midstream", 1)]
    [InlineData("resp-cancelled-cut", 1)]
    public async Task Ask_WhenTheStreamFails_AsksAgainOnlyIfNothingWasSeen(string fixture, int requests)
    {
        await using var provider = new ScriptedProvider(connection => connection.StreamAsync(Fixture.Text(fixture)));
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal(requests, provider.Requests.Count);
        Assert.IsType<ProviderEvent.Failed>(transcript.Events[^1]);
        AssertOwnWords(client, transcript.Failure);
    }

    [Fact]
    public async Task Ask_WhenResetAfterTheStart_AsksAgain()
    {
        var start = Fixture.Join(Fixture.Events("resp-text").Take(2));
        await using var provider = new ScriptedProvider(connection => ResetAfterAsync(connection, start), Good);
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
        Assert.Single(transcript.All<ProviderEvent.TurnStarted>());
        Assert.Equal(2, provider.Requests.Count);
    }

    [Fact]
    public async Task Ask_WhenCutAfterText_KeepsTheTextAndFails()
    {
        var start = Fixture.Join(Fixture.Events("resp-text").Take(6));
        await using var provider = new ScriptedProvider(async connection =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99999\r\n\r\n");
            await connection.SendAsync(start);
            connection.Close();
        });
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal("Hello!", transcript.Text);
        Assert.Equal("failed Network upstream_stream_broken retryable", transcript.Lines.Split('\n')[^1]);
        Assert.Single(provider.Requests);
        Promises.Check(transcript.Events);
    }

    [Fact]
    public async Task Ask_WhenNobodyListens_TriesThreeTimes()
    {
        await using var provider = new ScriptedProvider(Good);
        var url = provider.Url;
        await provider.DisposeAsync();
        using var client = new ProviderClient(url);

        var transcript = await client.AskAsync();

        Assert.Equal("upstream_unreachable", transcript.Failure.Code);
        Assert.Equal(2, client.Clock.BackOffs.Count);
    }

    public static TheoryData<string> StaleReasoning =>
    [
        Error("invalid_encrypted_content", "invalid_request_error"),
        Error(null, "invalid_request_error", "The encrypted content gAAA could not be verified."),
        Error(null, "invalid_request_error", "Item 'rs_1' of type 'reasoning' was provided without its required following item."),
    ];

    [Theory]
    [MemberData(nameof(StaleReasoning))]
    public async Task Ask_WhenTheReasoningIsStale_AsksOnceMoreWithoutIt(string error)
    {
        await using var provider = new ScriptedProvider(connection => connection.ReplyAsync(400, error), Good);
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync(Reasoned(client, "gAAA"));

        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
        Assert.Contains("gAAA", provider.Requests[0], StringComparison.Ordinal);
        Assert.DoesNotContain("rs_1", provider.Requests[0], StringComparison.Ordinal);
        Assert.Equal(2, provider.Requests.Count);
        Assert.DoesNotContain("gAAA", provider.Requests[1], StringComparison.Ordinal);
        Assert.Empty(client.Clock.BackOffs);
    }

    [Fact]
    public async Task Ask_AfterStaleReasoning_SendsOnlyWhatCameSince()
    {
        await using var provider = new ScriptedProvider(
            connection => connection.ReplyAsync(400, Error("invalid_encrypted_content", "invalid_request_error")), Good);
        using var client = new ProviderClient(provider.Url);

        await client.AskAsync(Reasoned(client, "gAAA", "gBBB"));
        await client.AskAsync(Reasoned(client, "gAAA", "gBBB", "gCCC"));

        Assert.Equal(3, provider.Requests.Count);
        Assert.Equal(
            [true, false, false],
            provider.Requests.Select(sent => sent.Contains("gAAA", StringComparison.Ordinal) || sent.Contains("gBBB", StringComparison.Ordinal)));
        Assert.Contains("gCCC", provider.Requests[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_WhenAMemberIsRefused_LeavesItOutFromThenOn()
    {
        await using var provider = new ScriptedProvider(
            connection => connection.ReplyAsync(400, Error(null, "x", "Unknown parameter: stream_options")),
            connection => connection.StreamAsync(Fixture.Text("chat-text")));
        using var client = new ProviderClient(provider.Url, ProviderApi.ChatCompletions);

        await client.AskAsync();
        var transcript = await client.AskAsync();

        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
        Assert.Equal(
            [true, false, false],
            provider.Requests.Select(request => request.Contains("stream_options", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("text/html", "<html>log in</html>", "upstream_bad_response")]
    [InlineData("text/plain", "welcome", "upstream_bad_response")]
    [InlineData("application/json", "{\"hello\":1}", "upstream_bad_response")]
    [InlineData("application/json", "not json", "upstream_stream_broken")]
    [InlineData("application/json", "{\"error\":\"Unexpected endpoint or method. (POST /responses)\"}", "upstream_rejected")]
    [InlineData("text/event-stream", "", "upstream_stream_broken")]
    [InlineData("text/event-stream", ": nothing\n\n", "upstream_stream_broken")]
    public async Task Ask_WhenTheReplyIsNoAnswer_FailsOnce(string type, string body, string code)
    {
        await using var provider = new ScriptedProvider(connection => connection.ReplyAsync(200, body, type));
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal(code, transcript.Failure.Code);
        Assert.Single(provider.Requests);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("")]
    public async Task Ask_WhenTheStreamIsNotLabelled_ReadsIt(string type)
    {
        await using var provider = new ScriptedProvider(connection =>
            connection.ReplyAsync(200, Fixture.Text("resp-text"), type));
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal("Hello! Grüße from 東京 🌟.", transcript.Text);
    }

    [Fact]
    public async Task Ask_WhenTheServerDoesNotStream_ReadsTheWholeAnswer()
    {
        var whole = Fixture.Data(Fixture.Events("resp-text")[^1]);
        await using var provider = new ScriptedProvider(connection =>
            connection.ReplyAsync(200, JsonNode.Parse(whole)!["response"]!.ToJsonString()));
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal("Hello! Grüße from 東京 🌟.", transcript.Text);
        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
    }

    [Fact]
    public async Task Ask_WhenTheChatServerDoesNotStream_ReadsTheWholeAnswer()
    {
        await using var provider = new ScriptedProvider(connection => connection.ReplyAsync(
            200, """{"object":"chat.completion","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"""));
        using var client = new ProviderClient(provider.Url, ProviderApi.ChatCompletions);

        var transcript = await client.AskAsync();

        Assert.Equal("Hi", transcript.Text);
        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
    }

    [Fact]
    public async Task Ask_WhenTheReplyIsCompressed_Refuses()
    {
        await using var provider = new ScriptedProvider(connection =>
            connection.ReplyAsync(200, "x", "text/event-stream", "Content-Encoding: gzip\r\n"));
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal("upstream_bad_response", transcript.Failure.Code);
        Assert.Contains("Accept-Encoding: identity", provider.Requests[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Ask_WhenRedirected_DoesNotFollow(int status)
    {
        await using var target = new ScriptedProvider(Good);
        await using var provider = new ScriptedProvider(connection =>
            connection.ReplyAsync(status, "", headers: $"Location: {target.Url}\r\n"));
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal("upstream_redirect", transcript.Failure.Code);
        Assert.Equal(0, target.Connections);
    }

    [Fact]
    public async Task Ask_WhenTheHeadIsTooLarge_Refuses()
    {
        var cookies = string.Concat(Enumerable.Repeat($"Set-Cookie: a={new string('x', 80)}\r\n", 1000));
        await using var provider = new ScriptedProvider(connection =>
            connection.ReplyAsync(200, "", "text/event-stream", cookies));
        using var client = new ProviderClient(provider.Url);

        var transcript = await client.AskAsync();

        Assert.Equal(("upstream_bad_response", 502), (transcript.Failure.Code, transcript.Failure.Status));
    }

    [Fact]
    public async Task Ask_ByAServerWithCookies_SendsNone()
    {
        await using var provider = new ScriptedProvider(connection =>
            connection.StreamAsync(Fixture.Text("resp-text"), "Set-Cookie: a=b\r\n"));
        using var client = new ProviderClient(provider.Url);

        await client.AskAsync();
        await client.AskAsync();

        Assert.DoesNotContain("Cookie:", provider.Requests[1], StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("traceparent", provider.Requests[1], StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"Authorization: Bearer {ProviderClient.Key}", provider.Requests[1], StringComparison.Ordinal);
        Assert.Contains("OpenAI-Organization: org-1", provider.Requests[1], StringComparison.Ordinal);
        Assert.StartsWith("POST /v1/responses HTTP/1.1", provider.Requests[1], StringComparison.Ordinal);
    }

    /// <summary>A conversation in which each answer came with encrypted reasoning.</summary>
    private static ModelRequest Reasoned(ProviderClient client, params string[] encrypted)
    {
        var origin = AotSidecar.Providers.Requests.Origin.Of(client.Provider, ProviderClient.Question.Model);
        return ProviderClient.Question with
        {
            Input =
            [
                .. encrypted.SelectMany(content => new InputItem[]
                {
                    new InputItem.User([new InputPart.Text("Hi")]),
                    new InputItem.Reasoning(
                        System.Text.Encoding.UTF8.GetBytes(
                            $$"""{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"{{content}}"}"""),
                        origin),
                    new InputItem.Assistant("Hello", null),
                }),
            ],
        };
    }

    private static async Task ResetAfterAsync(ScriptedConnection connection, string text)
    {
        await connection.StartStreamAsync();
        await connection.SendAsync(text);
        connection.Reset();
    }

    private static void AssertOwnWords(ProviderClient client, UpstreamFailure failure)
    {
        foreach (var text in client.Log.Append(failure.ToString()))
        {
            Assert.DoesNotContain("provider text", text, StringComparison.Ordinal);
            Assert.DoesNotContain(ProviderClient.Key, text, StringComparison.Ordinal);
        }
    }

    private static string Error(string? code, string type, string message = "") => new JsonObject
    {
        ["error"] = new JsonObject
        {
            ["message"] = "provider text sk-secret-0123456789 " + message,
            ["type"] = type,
            ["param"] = null,
            ["code"] = code,
        },
    }.ToJsonString();
}
