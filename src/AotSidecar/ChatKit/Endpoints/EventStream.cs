using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using Microsoft.AspNetCore.Http.Features;

namespace AotSidecar.ChatKit.Endpoints;

/// <summary>
/// Writes server-sent events: for each one line <c>data: {json}</c> and an empty line, nothing else:
/// docs/chatkit.md#framing.
///
/// Events are gathered and written together when nothing more is ready: a lone event goes out at once, a burst costs
/// one write. While the writer waits, a timer writes a comment now and then, so that proxies keep the connection and a
/// reader that is gone is noticed. A semaphore separates the two: the writer holds it except while it waits.
///
/// Text that comes faster than a page can show it waits a moment for more (<see cref="DeltaGatherer"/>); any other
/// event writes it first.
/// </summary>
internal sealed class EventStream : IAsyncDisposable
{
    /// <summary>A silence ends after one to two periods, which is shorter than proxies' idle timeouts.</summary>
    private static readonly TimeSpan HeartbeatPeriod = TimeSpan.FromSeconds(5);

    /// <summary>Bytes to collect before the writer waits for the reader.</summary>
    private const int FlushAt = 32 * 1024;

    private const int MaxPiece = 512;

    private readonly EventBuffer _buffer = new();
    private readonly PipeWriter _output;
    private readonly SemaphoreSlim _gate = new(0, 1);
    private readonly Utf8JsonWriter _json;
    private readonly ITimer _heartbeat;
    private readonly CancellationToken _aborted;
    private readonly DeltaGatherer? _deltas;
    private readonly Action _writeText;
    private readonly HeldWrite _held;
    private bool _beat;

    private EventStream(HttpContext context, TimeProvider clock, TimeSpan deltaInterval)
    {
        _deltas = deltaInterval > TimeSpan.Zero ? new DeltaGatherer(deltaInterval, clock) : null;
        _writeText = WriteText;
        _output = context.Response.BodyWriter;
        _aborted = context.RequestAborted;
        _held = new HeldWrite(clock, _aborted);
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions
        {
            Encoder = ChatKitJson.Wire.Options.Encoder,
            SkipValidation = true,
        });
        _heartbeat = clock.CreateTimer(static state => _ = ((EventStream)state!).BeatAsync(), this, HeartbeatPeriod, HeartbeatPeriod);
    }

    /// <summary>Starts the reply; from here on problems are events.</summary>
    /// <param name="deltaInterval">How long fast deltas are gathered; zero writes each as it comes.</param>
    public static EventStream Start(HttpContext context, TimeProvider clock, TimeSpan deltaInterval = default)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = IsForwarded(context) ? "no-cache, no-store, no-transform" : "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return new EventStream(context, clock, deltaInterval);
    }

    /// <summary>A forwarding proxy that compresses would hold events back until the end of the stream.</summary>
    private static bool IsForwarded(HttpContext context) =>
        !context.Request.Headers.Host.ToString().EndsWith(
            string.Create(CultureInfo.InvariantCulture, $":{context.Connection.LocalPort}"), StringComparison.Ordinal);

    public bool NeedsFlush => _buffer.Length >= FlushAt;

    public void Write(ThreadEvent threadEvent)
    {
        _held.Write();
        _buffer.Write("data: "u8);
        JsonSerializer.Serialize(_json, threadEvent, ChatKitJson.Wire.ThreadEvent);
        _json.Flush();
        _json.Reset();
        _buffer.Write("\n\n"u8);
    }

    /// <summary>The hot path: a text delta, now or together with those that follow at once.</summary>
    /// <param name="utf8">Valid UTF-8, unescaped.</param>
    public void WriteDelta(DeltaFrame frame, ReadOnlySpan<byte> utf8)
    {
        if (_deltas is null)
        {
            WriteNow(frame, utf8);
            return;
        }

        if (!_held.Is(_writeText) || _deltas.IsOther(frame))
        {
            _held.Write();
        }

        if (_deltas.Add(frame, utf8))
        {
            _held.Drop();
            WriteText();
        }
        else
        {
            _held.Hold(_writeText, _deltas.Left);
        }
    }

    /// <summary>
    /// Postpones an event that may wait: it is written when its delay is over, or before the next event.
    /// </summary>
    public void Hold(Action write, TimeSpan time) => _held.Hold(write, time);

    private void WriteText()
    {
        WriteNow(_deltas!.Frame!, _deltas.Text);
        _deltas.Went();
    }

    private void WriteNow(DeltaFrame frame, ReadOnlySpan<byte> utf8)
    {
        _buffer.Write(frame.Start);
        while (utf8.Length > 0)
        {
            // In pieces, so that a whole answer in one delta needs no large buffer.
            var piece = utf8[..Math.Min(utf8.Length, MaxPiece)];
            _buffer.Advance(JsonEscaper.Escape(piece, _buffer.GetSpan(piece.Length * JsonEscaper.MaxExpansion)));
            utf8 = utf8[piece.Length..];
        }

        _buffer.Write(frame.End);
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _beat = true;
        await _output.WriteAsync(_buffer.Written, cancellationToken);
        _buffer.Clear();
    }

    /// <summary>The last events are sent together with the end of the response.</summary>
    public void Complete()
    {
        _held.Write();
        _output.Write(_buffer.Written.Span);
        _buffer.Clear();
    }

    /// <summary>Flushes, then waits with heartbeats.</summary>
    /// <param name="next">
    /// Must end when the token is cancelled. It has ended when this method throws, so that its owner may dispose of
    /// what it uses.
    /// </param>
    public async ValueTask<T> WaitAsync<T>(ValueTask<T> next, CancellationToken cancellationToken)
    {
        try
        {
            await FlushWrittenAsync(cancellationToken);
            if (_held.IsWaiting)
            {
                // Done here rather than by the heartbeat's timer, because the writer needs no lock for it.
                var task = next.AsTask();
                next = new ValueTask<T>(task);
                if (await Task.WhenAny(task, _held.WhenDueAsync()) == task)
                {
                    return await task;
                }

                _held.Write();
                await FlushWrittenAsync(cancellationToken);
            }
        }
        catch
        {
            await ((Task)next.AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        _gate.Release();
        try
        {
            return await next;
        }
        finally
        {
            await _gate.WaitAsync(CancellationToken.None);
        }
    }

    private ValueTask FlushWrittenAsync(CancellationToken cancellationToken) =>
        _buffer.Length > 0 ? FlushAsync(cancellationToken) : default;

    public async ValueTask DisposeAsync()
    {
        await _heartbeat.DisposeAsync();
        await _json.DisposeAsync();
        _buffer.Dispose();
        _deltas?.Dispose();
        _gate.Dispose();
    }

    private async Task BeatAsync()
    {
        try
        {
            if (_aborted.IsCancellationRequested || !_gate.Wait(0, CancellationToken.None))
            {
                return;
            }
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        try
        {
            // Heartbeats are only for silences.
            if (!_beat)
            {
                _output.Write(": keep-alive\n\n"u8);
                await _output.FlushAsync(_aborted);
            }

            _beat = false;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The reader is gone; the request's own cancellation tells the writer.
        }
        finally
        {
            _gate.Release();
        }
    }
}
