using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Endpoints;

/// <summary>
/// One JSON document as the reply, sent in pieces while it is written, so that at most a piece of it waits in memory
/// for the page. A document of one piece has a <c>Content-Length</c>.
/// </summary>
internal sealed class JsonReply(HttpContext context) : IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = ChatKitJson.Wire.Options.Encoder, SkipValidation = true };

    private readonly EventBuffer _buffer = new();
    private bool _hasBegun;

    public void Write(ReadOnlySpan<byte> json) => _buffer.Write(json);

    public void Write<T>(T value, JsonTypeInfo<T> type)
    {
        using var json = new Utf8JsonWriter(_buffer, Options);
        JsonSerializer.Serialize(json, value, type);
    }

    /// <summary>Writes JSON that is in memory already, without copying it.</summary>
    public async ValueTask WriteLargeAsync(ReadOnlyMemory<byte> json)
    {
        await SendAsync();
        await context.Response.WritePiecesAsync(json, context.RequestAborted);
    }

    /// <summary>Sends the buffer once it holds a full piece, and waits for the page to read.</summary>
    public ValueTask FlushAsync() => _buffer.Length >= ReplyPieces.Size ? SendAsync() : ValueTask.CompletedTask;

    public async Task CompleteAsync()
    {
        if (!_hasBegun)
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = _buffer.Length;
            _hasBegun = true;
        }

        await SendAsync();
    }

    public void Dispose() => _buffer.Dispose();

    private async ValueTask SendAsync()
    {
        if (!_hasBegun)
        {
            context.Response.ContentType = "application/json";
            _hasBegun = true;
        }

        await context.Response.WritePiecesAsync(_buffer.Written, context.RequestAborted);
        _buffer.Clear();
    }
}
