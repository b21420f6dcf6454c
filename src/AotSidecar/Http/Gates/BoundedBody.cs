using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace AotSidecar.Http;

/// <summary>Reads a request's body into one rented buffer, never beyond a limit. Dispose to give the buffer back.</summary>
internal sealed class BoundedBody : IDisposable
{
    /// <summary>What a chunked body starts with; most requests are smaller.</summary>
    private const int FirstBuffer = 4096;

    private byte[] _buffer;
    private int _length;

    private BoundedBody(int capacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    /// <exception cref="ProblemException">413, before anything is read when the length is declared.</exception>
    public static async Task<BoundedBody> ReadAsync(HttpContext context, int limit)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = limit;
        }

        var declared = context.Request.ContentLength;
        if (declared > limit)
        {
            throw new ProblemException(Problem.TooLarge(limit));
        }

        // One byte more than declared, so that the end is seen without growing.
        var body = new BoundedBody(declared is null ? FirstBuffer : (int)declared + 1);
        try
        {
            await body.FillAsync(context, limit);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        _buffer = [];
        _length = 0;
    }

    private async Task FillAsync(HttpContext context, int limit)
    {
        while (true)
        {
            int read;
            try
            {
                read = await context.Request.Body.ReadAsync(_buffer.AsMemory(_length), context.RequestAborted);
            }
            catch (IOException e) when (MalformedChunk.Is(e))
            {
                throw MalformedChunk.ToBadRequest();
            }

            if (read == 0)
            {
                return;
            }

            _length += read;
            if (_length > limit)
            {
                throw new ProblemException(Problem.TooLarge(limit));
            }

            if (_length == _buffer.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
                _buffer.AsSpan().CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
                _buffer = larger;
            }
        }
    }
}
