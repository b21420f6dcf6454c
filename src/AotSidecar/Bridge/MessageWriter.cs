namespace AotSidecar.Bridge;

/// <summary>
/// Writes whole messages, one after the other. A peer that stops reading holds up whoever writes to it, and only so much
/// may wait here: what would be more is not queued but ends the connection.
/// </summary>
internal sealed class MessageWriter(Stream stream, Action stuck) : IDisposable
{
    /// <summary>Sixteen of the largest messages, or some ten thousand small ones: far more than a host that reads ever leaves.</summary>
    private const long MaxWaiting = 16 * MessageFraming.MaxFrame;

    /// <summary>What a message that waits costs beside its bytes.</summary>
    private const int Overhead = 1024;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private long _waiting;

    /// <returns>False when the message is too large, the connection is gone, or the wait was cancelled.</returns>
    public async Task<bool> TryWriteAsync(byte[] message, CancellationToken cancellationToken)
    {
        if (message.Length > MessageFraming.MaxFrame)
        {
            return false;
        }

        var cost = message.Length + Overhead;
        try
        {
            if (Interlocked.Add(ref _waiting, cost) > MaxWaiting)
            {
                stuck();
                return false;
            }

            await _gate.WaitAsync(cancellationToken);
            try
            {
                // Never cancelled in the middle: half a frame would garble everything after it.
                await stream.WriteAsync(MessageFraming.Header(message.Length), CancellationToken.None);
                await stream.WriteAsync(message, CancellationToken.None);
                await stream.FlushAsync(CancellationToken.None);
                return true;
            }
            finally
            {
                _gate.Release();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            return false;
        }
        finally
        {
            Interlocked.Add(ref _waiting, -cost);
        }
    }

    /// <summary>Whoever still waits has been cancelled before.</summary>
    public void Dispose() => _gate.Dispose();
}
