using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Providers;

/// <summary>One way in which a provider misbehaves in a turn, and what the reader of the chat is told.</summary>
/// <param name="Answer">To every request of the turn.</param>
/// <param name="Reason">The error's machine-readable code; null when the turn succeeds all the same.</param>
internal sealed record ProviderFault(Func<ProviderExchange, Task> Answer, string? Reason)
{
    /// <summary>A marker in every error of the provider; nothing that the sidecar sends may contain it.</summary>
    public const string Words = "PROVIDER-WORDS sk-theirs-0123456789 <b>";

    private const string Hello = "Hello! Grüße from 東京 🌟.";

    /// <summary>Whether the page may offer to try again.</summary>
    public bool Retry { get; init; }

    /// <summary>Whether a person has to fix it, in contrast to a technical problem.</summary>
    public bool Custom { get; init; }

    /// <summary>How often the provider is asked in all.</summary>
    public int Asked { get; init; } = 1;

    /// <summary>The text that the reader keeps.</summary>
    public string Text { get; init; } = "";

    /// <summary>By row of docs/providers.md#faults, with the variant's name.</summary>
    public static IReadOnlyDictionary<string, ProviderFault> All { get; } = new Dictionary<string, ProviderFault>
    {
        ["U1 401"] = Person(401, "upstream_auth_failed", "invalid_api_key"),
        ["U2 403"] = Person(403, "upstream_rejected", "unsupported_country_region_territory"),
        ["U2 404 model"] = Person(404, "upstream_rejected", "model_not_found"),
        ["U3 429 in 40 s"] = RateLimit("40", asked: 1),
        ["U3 429 in 999999 s"] = RateLimit("999999", asked: 1),
        ["U3 429 at a date"] = RateLimit("Fri, 31 Dec 2100 23:59:59 GMT", asked: 1),
        ["U3 429 in -1 s"] = RateLimit("-1", asked: 3),
        ["U3 429 soon"] = RateLimit("soon", asked: 3),
        ["U3 429 without a time"] = RateLimit(null, asked: 3),
        ["U3 429 without a quota"] = Person(429, "upstream_quota_exceeded", "insufficient_quota"),
        ["U3 402"] = Person(402, "upstream_quota_exceeded", null),
        ["U4 400 context"] = Person(400, "upstream_context_too_long", "context_length_exceeded"),
        ["U4 400"] = Person(400, "upstream_invalid_request", null),
        ["U5 500"] = Technical(Refuse(500, "server_error"), "upstream_error", asked: 3),
        ["U5 502 without JSON"] = Technical(exchange => exchange.ReplyAsync(502, Words, Html), "upstream_error", asked: 3),
        ["U5 503"] = Technical(Refuse(503, "server_is_overloaded"), "upstream_error", asked: 3) with { Custom = true },
        ["U5 529"] = Technical(Refuse(529, null), "upstream_error", asked: 3) with { Custom = true },
        ["U9 captive portal"] = new(exchange => exchange.ReplyAsync(200, $"<html>{Words}</html>", Html), "upstream_bad_response"),
        ["U9 plain text"] = new(exchange => exchange.ReplyAsync(200, Words, "Content-Type: text/plain\r\n"), "upstream_bad_response"),
        ["U9 JSON of something else"] = new(exchange => exchange.ReplyAsync(200, $$"""{"hello":"{{Words}}"}"""), "upstream_bad_response"),
        ["U9 compressed"] = new(Stream("x", "Content-Encoding: gzip\r\n"), "upstream_bad_response"),
        ["U10 empty"] = Technical(Stream(""), "upstream_stream_broken"),
        ["U10 comments alone"] = Technical(Stream(": a\n\n: b\n\n"), "upstream_stream_broken"),
        ["U10 no end before any text"] = Technical(Events(take: 4), "upstream_stream_broken", asked: 3),
        ["U10 no end after text"] = Technical(Events(take: 6), "upstream_stream_broken") with { Text = "Hello!" },
        ["U12 CR"] = Same(text => text.Replace('\n', '\r')),
        ["U12 CR LF"] = Same(text => text.Replace("\n", "\r\n", StringComparison.Ordinal)),
        ["U12 byte order mark"] = Same(text => "\uFEFF" + text),
        ["U12 data without colon"] = Same(text => text.Replace("\n\n", "\n\ndata\n\n", StringComparison.Ordinal)),
        ["U12 no blank after the colon"] = Same(text => text.Replace("data: ", "data:", StringComparison.Ordinal)),
        ["U12 ids, retries, comments, unknown fields"] = Same(text => text.Replace(
            "event:", "id: 1\nretry: 5\n: comment\nfoo: bar\nevent:", StringComparison.Ordinal)),
        ["U12 two data lines"] = Same(text => text.Replace("\",\"", "\",\ndata: \"", StringComparison.Ordinal)),
        ["U12 no last blank line"] = Same(text => text.TrimEnd('\n')),
        ["U12 wrong event names"] = Same(text => text.Replace("event: response.", "event: ping.", StringComparison.Ordinal)),
        ["U13 unknown type"] = Same(text => text.Replace(
            "event: response.output_text.delta", Broken("{\"type\":\"response.hologram\"}") + "event: x", StringComparison.Ordinal)),
        ["U13 one broken event"] = Same(text => text.Insert(text.IndexOf("event: response.output_text", StringComparison.Ordinal), Broken("{]"))),
        ["U13 broken events"] = Technical(
            Stream(string.Concat(Recording.Events("resp-text").Take(6)) + Broken("{]") + Broken(Words)), "upstream_stream_broken") with
        { Text = "Hello!" },
        ["U14 event of 5 MiB"] = new(Endless(string.Concat(Enumerable.Repeat($"data: {new string('x', 1 << 20)}\n", 5))), "upstream_event_too_large"),
        ["U14 line of 2 MiB without an end"] = new(Endless("data: " + new string('x', 2 << 20)), "upstream_event_too_large"),
        ["U19 head of 65 KiB"] = new(Stream("", $"X-Long: {new string('x', 65 << 10)}\r\n"), "upstream_bad_response"),
        ["U19 1000 cookies"] = new(
            Stream(Recording.Text("resp-text"), string.Concat(Enumerable.Range(0, 1000).Select(number => $"Set-Cookie: a{number}=b\r\n"))), null)
        { Text = Hello },
        ["U20 failed for the quota"] = new(Recording.Play("resp-failed-quota"), "upstream_quota_exceeded") { Custom = true, Retry = true },
        ["U20 failed for the context"] = new(Recording.Play("resp-failed-context"), "upstream_context_too_long") { Custom = true },
        ["U20 error after text"] = Technical(Recording.Play("resp-error-midstream"), "upstream_error") with { Text = "The first half" },
        ["U20 error in the provider's words"] = Technical(
            Stream(string.Concat(Recording.Events("resp-text").Take(6)) + Broken($$"""{"type":"error","error":{"type":"server_error","code":"server_error","message":"{{Words}}"} }""")),
            "upstream_error") with
        { Text = "Hello!" },
        ["U20 incomplete"] = new(Recording.Play("resp-incomplete-max-tokens"), null) { Text = "Mango’s golden glow\nSweet nectar" },
        ["U21 arguments of more than 1 MiB"] = new(exchange => ResponsesStream.ToolCallAsync(exchange, "get_weather", $$"""{"a":"{{new string('x', 1 << 20)}}"}"""), "upstream_event_too_large"),
        ["U21 arguments that are no JSON"] = new(exchange => ResponsesStream.ToolCallAsync(exchange, "get_weather", "{\"a\":"), "invalid_tool_call") { Custom = true, Retry = true },
    };

    private const string Html = "Content-Type: text/html\r\n";

    /// <summary>What a person can mend is offered to be tried again.</summary>
    private static ProviderFault Person(int status, string reason, string? code) => new(Refuse(status, code), reason)
    {
        Custom = true,
        Retry = reason is "upstream_auth_failed" or "upstream_quota_exceeded" or "upstream_rejected",
    };

    private static ProviderFault RateLimit(string? seconds, int asked) => new(
        Refuse(429, "rate_limit_exceeded", seconds is null ? "" : $"Retry-After: {seconds}\r\n"), "upstream_rate_limited")
    { Custom = true, Retry = true, Asked = asked };

    private static ProviderFault Technical(Func<ProviderExchange, Task> answer, string reason, int asked = 1) =>
        new(answer, reason) { Retry = true, Asked = asked };

    /// <summary>The recorded answer written in another way.</summary>
    private static ProviderFault Same(Func<string, string> vary) => new(Stream(vary(Recording.Text("resp-text"))), null) { Text = Hello };

    private static Func<ProviderExchange, Task> Refuse(int status, string? code, string headers = "") => exchange => exchange.ReplyAsync(
        status,
        new JsonObject { ["error"] = new JsonObject { ["message"] = Words, ["type"] = "x", ["param"] = null, ["code"] = code } }.ToJsonString(),
        $"Content-Type: application/json\r\nx-request-id: req_1\r\n{headers}");

    private static Func<ProviderExchange, Task> Stream(string text, string headers = "") => async exchange =>
    {
        await exchange.BeginStreamAsync(headers);
        if (text.Length > 0)
        {
            await exchange.EventAsync(text);
        }

        await exchange.EndStreamAsync();
    };

    private static Func<ProviderExchange, Task> Events(int take) => Stream(string.Concat(Recording.Events("resp-text").Take(take)));

    /// <summary>Sends and then waits to be hung up on.</summary>
    private static Func<ProviderExchange, Task> Endless(string text) => async exchange =>
    {
        await exchange.BeginStreamAsync();
        await exchange.EventAsync(text);
        await exchange.ClientClosed.Within("the end of the provider's connection");
        exchange.Close();
    };

    private static string Broken(string data) => $"data: {data}\n\n";
}
