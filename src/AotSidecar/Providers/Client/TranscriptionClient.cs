using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Text;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Sse;
using AotSidecar.Providers.Transport;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Client;

/// <summary>The result of a transcription.</summary>
internal abstract record TranscriptionResult
{
    private TranscriptionResult()
    {
    }

    public sealed record Transcribed(string Text) : TranscriptionResult;

    public sealed record Failed(UpstreamFailure Failure) : TranscriptionResult;
}

/// <summary>Transcribes recordings with the provider's <c>/audio/transcriptions</c>.</summary>
internal sealed class TranscriptionClient(
    UpstreamTransport transport, UpstreamTimeouts timeouts, TimeProvider clock, ILogger<TranscriptionClient> logger)
{
    /// <summary>Small, and offered wherever the endpoint exists.</summary>
    private const string DefaultModel = "gpt-4o-mini-transcribe";

    /// <summary>An hour of speech is some 60 KiB of text.</summary>
    private const int MaxReply = 1 << 20;

    /// <param name="mimeType">As the browser recorded it, parameters included.</param>
    public async Task<TranscriptionResult> TranscribeAsync(
        Provider provider,
        string? model,
        ReadOnlyMemory<byte> audio,
        string mimeType,
        CancellationToken cancellationToken)
    {
        try
        {
            using var form = Form(model ?? DefaultModel, audio, mimeType);
            using var request = ProviderRequest.Create(HttpMethod.Post, provider, "/audio/transcriptions");
            request.Content = form;
            using var response = await transport.SendAsync(request, timeouts.Transcription, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                var refused = await AttemptFailure.OfReplyAsync(response, timeouts, clock, cancellationToken);
                return Fail(refused.Failure.Category == FailureCategory.NotFound
                    ? UpstreamFailures.TranscriptionUnsupported with { RequestId = refused.Failure.RequestId }
                    : refused.Failure);
            }

            var text = await ReadTextAsync(response, cancellationToken);
            return text is null
                ? Fail(UpstreamFailures.TranscriptionUnsupported)
                : new TranscriptionResult.Transcribed(text.Trim());
        }
        catch (UpstreamException e)
        {
            return Fail(e.Failure);
        }
    }

    /// <summary>
    /// Providers decide by the file's extension. The name is ours, so nothing of the user's disk leaks.
    /// </summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "the form owns its parts")]
    private static MultipartFormDataContent Form(string model, ReadOnlyMemory<byte> audio, string mimeType)
    {
        var type = mimeType.Split(';')[0].Trim().ToLowerInvariant();
        var file = new ReadOnlyMemoryContent(audio);
        if (MediaTypeHeaderValue.TryParse(type, out var contentType))
        {
            file.Headers.ContentType = contentType;
        }

        return new MultipartFormDataContent
        {
            { new StringContent(model), "model" },
            { new StringContent("json"), "response_format" },
            { file, "file", "audio." + Extension(type) },
        };
    }

    private static string Extension(string type) => type switch
    {
        "audio/mp4" or "audio/x-m4a" or "audio/m4a" or "video/mp4" => "m4a",
        "audio/mpeg" or "audio/mp3" => "mp3",
        "audio/ogg" or "application/ogg" => "ogg",
        "audio/wav" or "audio/x-wav" or "audio/wave" => "wav",
        "audio/flac" or "audio/x-flac" => "flac",
        _ => "webm",
    };

    private async Task<string?> ReadTextAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeouts.Idle, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        byte[] body;
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(either.Token);
            body = await ReplyBody.ReadUpToAsync(stream, MaxReply + 1, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFailures.TimedOut, e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new UpstreamException(UpstreamFailures.Cut, e);
        }

        if (body.Length > MaxReply)
        {
            throw new UpstreamException(UpstreamFailures.TooLarge);
        }

        return response.Content.Headers.ContentType?.MediaType switch
        {
            "text/plain" => Encoding.UTF8.GetString(body),
            "application/json" => JsonValue.TryParse(body, out var json) ? json["text"u8].Text : null,
            _ => throw new UpstreamException(UpstreamFailures.BadResponse),
        };
    }

    private TranscriptionResult.Failed Fail(UpstreamFailure failure)
    {
        logger.Failed(failure.Code, failure.RequestId ?? "none");
        return new TranscriptionResult.Failed(failure);
    }
}
