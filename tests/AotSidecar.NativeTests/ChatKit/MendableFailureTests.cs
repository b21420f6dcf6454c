namespace AotSidecar.NativeTests.ChatKit;

/// <summary>Failures that end once a person has fixed something; then the same message works.</summary>
public sealed class MendableFailureTests(Stage stage) : IClassFixture<Stage>
{
    [Theory]
    [InlineData(401, """{"error":{"message":"x","type":"invalid_request_error","code":"invalid_api_key"}}""", "upstream_auth_failed")]
    [InlineData(429, """{"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}""", "upstream_quota_exceeded")]
    [InlineData(404, """{"error":{"message":"x","type":"invalid_request_error","code":"model_not_found"}}""", "upstream_rejected")]
    public async Task AFailure_ThatTheUserCanMend_CanBeTriedAgain(int status, string body, string reason)
    {
        var session = await stage.MintAsync("mender");
        stage.Play(exchange => exchange.ReplyAsync(status, body));

        using var stream = await stage.StreamAsync(ChatBody.Message("x"), session);

        Assert.Equal((reason, true), ((string?)stream.Error!["reason"], (bool)stream.Error["allow_retry"]!));
    }
}
