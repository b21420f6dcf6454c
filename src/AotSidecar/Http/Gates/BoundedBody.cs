using System.Buffers;
using AotSidecar.Failures;
using Microsoft.AspNetCore.Http.Features;

namespace AotSidecar.Http;

/// <summary>Reads a request's body into one buffer, never beyond a limit. Dispose to give the buffer back.</summary>
internal sealed class BoundedBody : IDisposable
{
    /// <summary>Initial buffer of a chunked body; most bodies are smaller.</summary>
    private const int FirstBuffer = 4096;

    /// <summary>Larger buffers are not pooled, which would keep them and round them up to twice their size.</summary>
    private const int MaxPooled = 256 * 1024;

    private readonly MemoryBudget? _budget;
    private readonly List<IDisposable> _rooms = [];
    private byte[] _buffer;
    private int _length;

    private BoundedBody(MemoryBudget? budget) => (_budget, _buffer) = (budget, []);

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    public Stream OpenRead() => new MemoryStream(_buffer, 0, _length, writable: false);

    /// <param name="budget">Bounds large bodies of all requests together.</param>
    /// <exception cref="FailureException">
    /// 413, before anything is read when the length is declared; 507 when there is no memory for it.
    /// </exception>
    public static async Task<BoundedBody> ReadAsync(HttpContext context, int limit, MemoryBudget? budget = null)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = limit;
        }

        var declared = context.Request.ContentLength;
        if (declared > limit)
        {
            throw new FailureException(Failure.TooLarge(limit));
        }

        // One byte more than declared, so that the end is detected without growing the buffer.
        var body = new BoundedBody(budget);
        try
        {
            await body.GrowAsync(declared is null ? FirstBuffer : (int)declared + 1, context.RequestAborted);
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
        Return();
        _buffer = [];
        _length = 0;
        foreach (var room in _rooms)
        {
            room.Dispose();
        }

        _rooms.Clear();
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
                throw new FailureException(Failure.TooLarge(limit));
            }

            if (_length == _buffer.Length)
            {
                await GrowAsync(_buffer.Length * 2, context.RequestAborted);
            }
        }
    }

    private async ValueTask GrowAsync(int capacity, CancellationToken cancellationToken)
    {
        if (_budget is not null)
        {
            _rooms.Add(await _budget.EnterAsync(capacity, cancellationToken));
        }

        var larger = capacity > MaxPooled ? GC.AllocateUninitializedArray<byte>(capacity) : ArrayPool<byte>.Shared.Rent(capacity);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        Return();
        _buffer = larger;
    }

    private void Return()
    {
        if (_buffer.Length is > 0 and <= MaxPooled)
        {
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        }
        else
        {
            Array.Clear(_buffer);
        }
    }
}
