using System.IO.Pipelines;

namespace AotSidecar.Http;

/// <summary>A connection's output that tells when a write has to wait for the client to read.</summary>
internal sealed class WatchedOutput(PipeWriter output, ClientConnection client) : PipeWriter
{
    public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

    public override long UnflushedBytes => output.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => output.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => output.GetSpan(sizeHint);

    public override void Advance(int bytes) => output.Advance(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var flush = output.FlushAsync(cancellationToken);
        return flush.IsCompleted ? flush : WaitAsync(flush);
    }

    public override void CancelPendingFlush() => output.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => output.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => output.CompleteAsync(exception);

    private async ValueTask<FlushResult> WaitAsync(ValueTask<FlushResult> flush)
    {
        client.BeginWait();
        try
        {
            return await flush;
        }
        finally
        {
            client.EndWait();
        }
    }
}
