using AotSidecar.Providers.Client;

namespace AotSidecar.Tests.Providers;

public sealed class TranscriptionClientTests
{
    [Theory]
    [InlineData("audio/webm;codecs=opus", "audio.webm")]
    [InlineData("audio/ogg", "audio.ogg")]
    [InlineData("audio/mp4", "audio.m4a")]
    [InlineData("audio/mpeg", "audio.mp3")]
    [InlineData("audio/wav", "audio.wav")]
    [InlineData("nonsense", "audio.webm")]
    public async Task Transcribe_SendsTheRecordingUnderAFittingName(string type, string name)
    {
        await using var provider = new ScriptedProvider(connection =>
            connection.ReplyAsync(200, """{"text":" Hello, world! ","usage":{"type":"duration","seconds":2}}"""));
        using var client = new ProviderClient(provider.Url);

        var result = await client.Transcriptions.TranscribeAsync(
            client.Provider, null, "AUDIO"u8.ToArray(), type, CancellationToken.None);

        Assert.Equal("Hello, world!", Assert.IsType<TranscriptionResult.Transcribed>(result).Text);
        Assert.StartsWith("POST /v1/audio/transcriptions", provider.Requests[0], StringComparison.Ordinal);
        Assert.Contains($"filename={name}", provider.Requests[0], StringComparison.Ordinal);
        Assert.Contains("gpt-4o-mini-transcribe", provider.Requests[0], StringComparison.Ordinal);
        Assert.Contains("AUDIO", provider.Requests[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "application/json", """{"error":"Unexpected endpoint or method."}""", "upstream_rejected")]
    [InlineData(404, "text/html", "", "upstream_rejected")]
    [InlineData(401, "application/json", """{"error":{"code":"invalid_api_key"}}""", "upstream_auth_failed")]
    [InlineData(400, "application/json", """{"error":{"code":"invalid_language_format"}}""", "upstream_invalid_request")]
    [InlineData(200, "text/html", "<html>", "upstream_bad_response")]
    public async Task Transcribe_WhenRefused_FailsInOurWords(int status, string type, string body, string code)
    {
        await using var provider = new ScriptedProvider(connection => connection.ReplyAsync(status, body, type));
        using var client = new ProviderClient(provider.Url);

        var result = await client.Transcriptions.TranscribeAsync(
            client.Provider, "whisper-1", "AUDIO"u8.ToArray(), "audio/wav", CancellationToken.None);

        var failure = Assert.IsType<TranscriptionResult.Failed>(result).Failure;
        Assert.Equal(code, failure.Code);
        Assert.Equal(
            code == "upstream_rejected",
            failure.Message == "transcription is not supported by this provider");
    }

    [Fact]
    public async Task Transcribe_IntoPlainText_IsTaken()
    {
        await using var provider = new ScriptedProvider(connection => connection.ReplyAsync(200, "Hello\n", "text/plain"));
        using var client = new ProviderClient(provider.Url);

        var result = await client.Transcriptions.TranscribeAsync(
            client.Provider, null, "AUDIO"u8.ToArray(), "audio/wav", CancellationToken.None);

        Assert.Equal("Hello", Assert.IsType<TranscriptionResult.Transcribed>(result).Text);
    }
}
