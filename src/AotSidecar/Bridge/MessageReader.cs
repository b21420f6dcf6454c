using System.Buffers;
using System.IO.Pipelines;

namespace AotSidecar.Bridge;

/// <summary>
/// Reads whole messages until the peer closes. A frame must arrive whole within 5 s of its first byte.
/// </summary>
internal sealed class MessageReader(Stream stream, TimeProvider clock)
{
    public static readonly TimeSpan FrameTime = TimeSpan.FromSeconds(5);

    private readonly PipeReader _reader = PipeReader.Create(stream);
    private volatile string? _abandoned;

    /// <param name="onMessage">Called for each message in turn. The bytes are valid until it returns.</param>
    /// <exception cref="BridgeProtocolException">
    /// Bad framing, a frame that took too long, or <see cref="Abandon"/>.
    /// </exception>
    public async Task ReadAllAsync(Action<ReadOnlySequence<byte>> onMessage, CancellationToken cancellationToken)
    {
        CancellationTokenSource? deadline = null;
        try
        {
            while (true)
            {
                var result = await ReadSomeAsync(deadline, cancellationToken);
                if (_abandoned is { } why)
                {
                    throw new BridgeProtocolException(why);
                }

                var buffer = result.Buffer;
                var progressed = false;
                while (MessageFraming.TryRead(ref buffer, out var message))
                {
                    progressed = true;
                    onMessage(message);
                }

                // The deadline runs from a frame's first byte.
                if (buffer.IsEmpty || progressed)
                {
                    deadline?.Dispose();
                    deadline = null;
                }

                if (!buffer.IsEmpty)
                {
                    deadline ??= new CancellationTokenSource(FrameTime, clock);
                }

                _reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        finally
        {
            deadline?.Dispose();
        }
    }

    /// <summary>Ends the read loop with this reason, as for a protocol violation.</summary>
    public void Abandon(string why)
    {
        _abandoned = why;
        _reader.CancelPendingRead();
    }

    private async Task<ReadResult> ReadSomeAsync(CancellationTokenSource? deadline, CancellationToken cancellationToken)
    {
        using var linked = deadline is null ? null : CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await _reader.ReadAsync(linked?.Token ?? cancellationToken);
        }
        catch (OperationCanceledException) when (deadline?.IsCancellationRequested == true && !cancellationToken.IsCancellationRequested)
        {
            throw new BridgeProtocolException("a frame took longer than 5 s to arrive");
        }
    }
}
