namespace AotSidecar.Bridge;

/// <summary>
/// Writes whole messages, one after the other. When the peer stops reading, messages wait here up to a limit; one more
/// ends the connection.
/// </summary>
internal sealed class MessageWriter(Stream stream, Action stuck) : IDisposable
{
    /// <summary>
    /// Sixteen of the largest messages, or some ten thousand small ones: never reached while the host reads.
    /// </summary>
    private const long MaxWaiting = 16 * MessageFraming.MaxFrame;

    /// <summary>The memory that a waiting message takes beside its bytes.</summary>
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
                // Not cancellable: half a frame would garble everything after it.
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

    /// <summary>Cancel pending writes first.</summary>
    public void Dispose() => _gate.Dispose();
}
