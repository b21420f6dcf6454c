namespace AotSidecar.Http;

/// <summary>Counts running event streams, and cancels them when the process ends.</summary>
internal sealed class RunningStreams : IDisposable
{
    private readonly CancellationTokenSource _cut = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>
    /// Cancelled when the streams' grace period at the end of the process is over; each then writes a last <c>error</c>
    /// event.
    /// </summary>
    public CancellationToken Cut => _cut.Token;

    public Lease Enter()
    {
        Interlocked.Increment(ref _count);
        return new Lease(this);
    }

    public Task CutAsync() => _cut.CancelAsync();

    public void Dispose() => _cut.Dispose();

    internal readonly struct Lease(RunningStreams streams) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref streams._count);
    }
}
