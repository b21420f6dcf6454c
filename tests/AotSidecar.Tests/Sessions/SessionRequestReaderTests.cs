using System.Text;
using AotSidecar.Failures;
using AotSidecar.Sessions;

namespace AotSidecar.Tests.Sessions;

public sealed class SessionRequestReaderTests
{
    private static readonly SessionLimits Limits = new(TimeSpan.FromSeconds(600), 10);

    [Theory]
    [InlineData("", "invalid_json", null)]
    [InlineData("null", "invalid_json", null)]
    [InlineData("[]", "invalid_json", null)]
    [InlineData("\"x\"", "invalid_json", null)]
    [InlineData("{", "invalid_json", null)]
    [InlineData("{\"secret_key_id\":\"k\",}", "invalid_json", null)]
    [InlineData("{\"secret_key_id\":\"k\"/**/}", "invalid_json", null)]
    [InlineData("\uFEFF{\"secret_key_id\":\"k\"}", "invalid_json", null)]
    [InlineData("{\"secret_key_id\":\"k\"}{}", "invalid_json", null)]
    [InlineData("{\"secret_key_id\":\"k\",\"secret_key_id\":\"k\"}", "invalid_json", null)]
    [InlineData("{\"secret_key_id\":\"k\",\"\\ud800\":1}", "invalid_json", null)]
    [InlineData("{}", "missing_field", "secret_key_id")]
    [InlineData("{\"secret_key_id\":\"k\",\"colour\":1}", "unknown_field", "colour")]
    [InlineData("{\"secret_key_id\":\"k\",\"base_url\":\"https://evil.example\"}", "unknown_field", "base_url")]
    [InlineData("{\"secret_key_id\":\"k\",\"api_key\":\"sk\"}", "unknown_field", "api_key")]
    [InlineData("{\"secret_key_id\":\"k\",\"model_endpoint\":\"x\"}", "unknown_field", "model_endpoint")]
    [InlineData("{\"secretKeyId\":\"k\"}", "unknown_field", "secretKeyId")]
    [InlineData("{\"secret_key_id\":\"\"}", "invalid_field", "secret_key_id")]
    [InlineData("{\"secret_key_id\":\"../x\"}", "invalid_field", "secret_key_id")]
    [InlineData("{\"secret_key_id\":\"a..b\"}", "invalid_field", "secret_key_id")]
    [InlineData("{\"secret_key_id\":\"a b\"}", "invalid_field", "secret_key_id")]
    [InlineData("{\"secret_key_id\":\"a\\u0000\"}", "invalid_field", "secret_key_id")]
    [InlineData("{\"secret_key_id\":\"ключ\"}", "invalid_field", "secret_key_id")]
    [InlineData("{\"secret_key_id\":7}", "invalid_field", "secret_key_id")]
    [InlineData("{\"secret_key_id\":null}", "invalid_field", "secret_key_id")]
    [InlineData("{\"secret_key_id\":\"\\ud800\"}", "invalid_field", "secret_key_id")]
    [InlineData("{\"secret_key_id\":\"k\",\"model\":null}", "invalid_field", "model")]
    [InlineData("{\"secret_key_id\":\"k\",\"rate_limits\":null}", "invalid_field", "rate_limits")]
    [InlineData("{\"secret_key_id\":\"k\",\"client_tools\":[null]}", "invalid_field", "client_tools[0]")]
    [InlineData("{\"secret_key_id\":\"k\",\"instructions\":\"a\\u0001\"}", "invalid_field", "instructions")]
    [InlineData("{\"secret_key_id\":\"k\",\"environment\":\"prod\"}", "invalid_field", "environment")]
    [InlineData("{\"secret_key_id\":\"k\",\"environment\":1}", "invalid_field", "environment")]
    [InlineData("{\"secret_key_id\":\"k\",\"user\":\"\"}", "invalid_field", "user")]
    [InlineData("{\"secret_key_id\":\"k\",\"expires_after\":60}", "invalid_field", "expires_after")]
    [InlineData("{\"secret_key_id\":\"k\",\"expires_after\":{}}", "missing_field", "expires_after.seconds")]
    [InlineData("{\"secret_key_id\":\"k\",\"expires_after\":{\"seconds\":0}}", "invalid_field", "expires_after.seconds")]
    [InlineData("{\"secret_key_id\":\"k\",\"expires_after\":{\"seconds\":-1}}", "invalid_field", "expires_after.seconds")]
    [InlineData("{\"secret_key_id\":\"k\",\"expires_after\":{\"seconds\":601}}", "invalid_field", "expires_after.seconds")]
    [InlineData("{\"secret_key_id\":\"k\",\"expires_after\":{\"seconds\":1e9}}", "invalid_field", "expires_after.seconds")]
    [InlineData("{\"secret_key_id\":\"k\",\"expires_after\":{\"seconds\":1.5}}", "invalid_field", "expires_after.seconds")]
    [InlineData("{\"secret_key_id\":\"k\",\"expires_after\":{\"seconds\":\"60\"}}", "invalid_field", "expires_after.seconds")]
    [InlineData("{\"secret_key_id\":\"k\",\"expires_after\":{\"seconds\":60,\"anchor\":\"now\"}}", "invalid_field", "expires_after.anchor")]
    [InlineData("{\"secret_key_id\":\"k\",\"expires_after\":{\"seconds\":60,\"x\":1}}", "unknown_field", "expires_after.x")]
    [InlineData("{\"secret_key_id\":\"k\",\"rate_limits\":{\"max_requests_per_1_minute\":0}}", "invalid_field", "rate_limits.max_requests_per_1_minute")]
    [InlineData("{\"secret_key_id\":\"k\",\"rate_limits\":{\"x\":1}}", "unknown_field", "rate_limits.x")]
    [InlineData("{\"secret_key_id\":\"k\",\"origin\":\"*\"}", "invalid_field", "origin")]
    [InlineData("{\"secret_key_id\":\"k\",\"origin\":\"https://a.example/path\"}", "invalid_field", "origin")]
    [InlineData("{\"secret_key_id\":\"k\",\"client_tools\":{}}", "invalid_field", "client_tools")]
    [InlineData("{\"secret_key_id\":\"k\",\"client_tools\":[{}]}", "missing_field", "client_tools[0].name")]
    [InlineData("{\"secret_key_id\":\"k\",\"client_tools\":[{\"name\":\"a b\"}]}", "invalid_field", "client_tools[0].name")]
    [InlineData("{\"secret_key_id\":\"k\",\"client_tools\":[{\"name\":\"a\"},{\"name\":\"a\"}]}", "invalid_field", "client_tools[1].name")]
    [InlineData("{\"secret_key_id\":\"k\",\"client_tools\":[{\"name\":\"a\",\"parameters\":[]}]}", "invalid_field", "client_tools[0].parameters")]
    [InlineData("{\"secret_key_id\":\"k\",\"client_tools\":[{\"name\":\"a\",\"url\":\"x\"}]}", "unknown_field", "client_tools[0].url")]
    public void Read_OfABadBody_NamesCodeAndMember(string body, string code, string? param)
    {
        var problem = Refused(body);

        Assert.Equal((400, code, param), (problem.Status, problem.Code, problem.Param));
    }

    [Fact]
    public void Read_OfASchemaThatIsNotUtf8_NamesIt()
    {
        byte[] body = [.. "{\"secret_key_id\":\"k\",\"client_tools\":[{\"name\":\"n\",\"parameters\":{\"a\":\""u8, 0xed, .. "\"}}]}"u8];

        var problem = Assert.Throws<FailureException>(() => new SessionRequestReader(Limits, SessionJson.Http.SessionRequest).Read(body)).Failure;

        Assert.Equal((400, "invalid_field", "client_tools[0].parameters"), (problem.Status, problem.Code, problem.Param));
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void Read_OfALongKeyId_StopsAt128(int length, bool accepted)
    {
        var body = $"{{\"secret_key_id\":\"{new string('k', length)}\"}}";

        Assert.Equal(accepted, Record.Exception(() => Read(body)) is null);
    }

    [Theory]
    [InlineData(33)]
    [InlineData(10_000)]
    public void Read_OfADeepBody_IsRefused(int depth)
    {
        var body = $"{{\"secret_key_id\":\"k\",\"client_tools\":{new string('[', depth)}{new string(']', depth)}}}";

        Assert.Equal("invalid_json", Refused(body).Code);
    }

    [Fact]
    public void Read_OfTheLeast_HasTheDefaults()
    {
        var grant = Read("{\"secret_key_id\":\"openai-main\"}");

        Assert.Equal(("openai-main", "pro", "local"), (grant.SecretKeyId, grant.Environment, grant.User));
        Assert.Equal((TimeSpan.FromSeconds(600), 60), (grant.Lifetime, grant.RequestsPerMinute));
        Assert.Empty(grant.ClientTools);
        Assert.Null(grant.Origin);
    }

    [Fact]
    public void Read_OfTheMost_KeepsAll()
    {
        var grant = Read("""
            {"secret_key_id":"a/b:c.d_e-1","environment":"dev","user":"ada","expires_after":{"anchor":"created_at","seconds":60},
             "rate_limits":{"max_requests_per_1_minute":5},"origin":"vscode-webview://abc","model":"m","instructions":"be\nbrief",
             "client_tools":[{"name":"pick","description":"d","parameters":{"type":"object","x":null}}]}
            """);

        Assert.Equal(("a/b:c.d_e-1", "dev", "ada", "vscode-webview://abc"), (grant.SecretKeyId, grant.Environment, grant.User, grant.Origin));
        Assert.Equal((60, 5, "m", "be\nbrief"), ((int)grant.Lifetime.TotalSeconds, grant.RequestsPerMinute, grant.Model, grant.Instructions));
        Assert.Equal("""{"type":"object","x":null}""", Encoding.UTF8.GetString(Assert.Single(grant.ClientTools).Parameters.Span));
    }

    [Fact]
    public void Read_OverTheBridge_HasCamelCaseNames()
    {
        var reader = new SessionRequestReader(Limits, SessionJson.Bridge.SessionRequest);

        var grant = reader.Read("""{"secretKeyId":"k","expiresAfter":{"seconds":5},"rateLimits":{"maxRequestsPer1Minute":7}}"""u8);
        var refused = Assert.Throws<FailureException>(() => reader.Read("""{"secret_key_id":"k"}"""u8)).Failure;

        Assert.Equal((5, 7), ((int)grant.Lifetime.TotalSeconds, grant.RequestsPerMinute));
        Assert.Equal("unknown_field", refused.Code);
    }

    private static SessionGrant Read(string body) =>
        new SessionRequestReader(Limits, SessionJson.Http.SessionRequest).Read(Encoding.UTF8.GetBytes(body));

    private static Failure Refused(string body) => Assert.Throws<FailureException>(() => Read(body)).Failure;
}
