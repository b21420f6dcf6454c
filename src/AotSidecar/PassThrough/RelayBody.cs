using System.IO.Pipelines;
using System.Net;
using AotSidecar.Http;

namespace AotSidecar.PassThrough;

/// <summary>
/// The page's body on its way to the provider. Sends what has arrived before waiting for more; the framework's
/// StreamContent would hold it back until its buffer is full.
/// </summary>
internal sealed class RelayBody(HttpRequest request) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var body = request.BodyReader;
        while (true)
        {
            var read = await ReadAsync(body, stream, cancellationToken);
            foreach (var piece in read.Buffer)
            {
                await stream.WriteAsync(piece, cancellationToken);
            }

            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = request.ContentLength ?? 0;
        return request.ContentLength is not null;
    }

    private static async ValueTask<ReadResult> ReadAsync(PipeReader body, Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            if (!body.TryRead(out var read))
            {
                await stream.FlushAsync(cancellationToken);
                read = await body.ReadAsync(cancellationToken);
            }

            return read;
        }
        catch (IOException e) when (MalformedChunk.Is(e))
        {
            throw MalformedChunk.ToBadRequest();
        }
    }
}
