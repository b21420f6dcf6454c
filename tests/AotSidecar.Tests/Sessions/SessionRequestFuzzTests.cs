using System.Text.Json.Nodes;
using System.Text.Json;
using System.Text;
using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Sessions;
using CsCheck;

namespace AotSidecar.Tests.Sessions;

/// <summary>Bodies nobody would write by hand: each is a session within the limits or a 400, never anything else.</summary>
public sealed class SessionRequestFuzzTests
{
    /// <summary>Every member, so that a mutation can land in each.</summary>
    private const string Everything = """
        {"secret_key_id":"a/b:c.d_e-1","environment":"dev","user":"ada","expires_after":{"anchor":"created_at","seconds":60},
         "rate_limits":{"max_requests_per_1_minute":5},"origin":"vscode-webview://abc","model":"m","instructions":"be\nbrief",
         "client_tools":[{"name":"pick","description":"d","parameters":{"type":"object","x":null}}]}
        """;

    private static readonly SessionLimits Limits = new(TimeSpan.FromSeconds(600), 10);

    private static readonly string[] Names =
    [
        "secret_key_id", "environment", "user", "expires_after", "rate_limits", "origin", "model", "instructions", "client_tools",
        "anchor", "seconds", "max_requests_per_1_minute", "name", "description", "parameters", "\\ud800", "\\u0000", "",
    ];

    private static readonly string[] Leaves =
    [
        "null", "true", "0", "-1", "60", "1.5", "1e999", "99999999999999999999", "\"\"", "\"k\"", "\"dev\"", "\"created_at\"",
        "\"vscode-webview://abc\"", "\"*\"", "\"..\"", "\"\\ud800\"", "\"\\u0000\"", "\"ключ\"",
    ];

    [Fact]
    public void Read_OfAnyBytes_Is400() => Gen.Byte.Array[0, 200].Sample(static body =>
    {
        Assert.False(IsAccepted(body));
    }, iter: 5000);

    [Fact]
    public void Read_OfAnyJson_IsASessionWithinLimitsOr400() => Json(depth: 3).Sample(static body =>
    {
        IsAccepted(Encoding.UTF8.GetBytes(body));
    }, iter: 3000);

    [Fact]
    public void Read_OfABodyThatWasValid_IsASessionWithinLimitsOr400() => Mutations.Of(Encoding.UTF8.GetBytes(Everything)).Sample(static body =>
    {
        IsAccepted(body);
    }, iter: 3000);

    private static bool IsAccepted(byte[] body)
    {
        SessionGrant grant;
        try
        {
            grant = new SessionRequestReader(Limits, SessionJson.Http.SessionRequest).Read(body);
        }
        catch (FailureException refused)
        {
            Assert.Equal(400, refused.Failure.Status);
            Assert.NotNull(JsonNode.Parse(JsonSerializer.SerializeToUtf8Bytes(FailureReply.Of(refused.Failure), FailureJson.Default.FailureReply))!["message"]);
            return false;
        }

        Assert.Matches("^[A-Za-z0-9._:/-]{1,128}$", grant.SecretKeyId);
        Assert.DoesNotContain("..", grant.SecretKeyId, StringComparison.Ordinal);
        Assert.Contains(grant.Environment, (string[])["dev", "pro"]);
        Assert.InRange(grant.Lifetime, TimeSpan.FromSeconds(1), Limits.Lifetime);
        Assert.InRange(grant.RequestsPerMinute, 1, 100_000);
        Assert.True(grant.Origin is null || Origins.IsExact(grant.Origin), grant.Origin);
        Assert.All(grant.ClientTools, static tool => Assert.IsType<JsonObject>(JsonNode.Parse(tool.Parameters.Span)));
        return true;
    }

    private static Gen<string> Json(int depth)
    {
        var leaf = Gen.Int[0, Leaves.Length - 1].Select(static at => Leaves[at]);
        if (depth == 0)
        {
            return leaf;
        }

        var inner = Json(depth - 1);
        var member = Gen.Select(Gen.Int[0, Names.Length - 1], inner, static (at, value) => $"\"{Names[at]}\":{value}");
        var array = inner.Array[0, 3].Select(static items => $"[{string.Join(',', items)}]");
        var plain = member.Array[0, 4].Select(static members => $"{{{string.Join(',', members)}}}");
        var keyed = member.Array[0, 3].Select(static members => $"{{{string.Join(',', members.Prepend("\"secret_key_id\":\"k\""))}}}");
        return Gen.OneOf(leaf, array, plain, keyed, keyed);
    }
}
