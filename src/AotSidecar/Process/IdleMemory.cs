namespace AotSidecar.Process;

/// <summary>
/// Returns memory to the system when work is over. Without new allocations the collector would not run, and a sidecar
/// is idle most of its life: a collection of a few milliseconds halves its resident memory. The timer runs only after
/// work, so an idle process is never woken.
/// </summary>
/// <param name="collect">A full collection that returns freed memory to the system.</param>
internal sealed class IdleMemory(TimeProvider clock, Action collect) : IDisposable
{
    /// <summary>Longer than a page takes to load, shorter than a person takes to read an answer.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    /// <summary>Less than this is not worth a collection.</summary>
    private const long Worthwhile = 2 * 1024 * 1024;

    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long _allocated;
    private int _running;
    private bool _used;

    /// <summary>Counts a request as running until the lease is disposed.</summary>
    public Lease Enter()
    {
        Interlocked.Increment(ref _running);
        Volatile.Write(ref _used, true);
        if (Volatile.Read(ref _timer) is null)
        {
            Watch();
        }

        return new Lease(this);
    }

    /// <summary>Starts the timer; called after start-up and by the first request after a collection.</summary>
    public void Watch()
    {
        lock (_gate)
        {
            _timer ??= clock.CreateTimer(static memory => ((IdleMemory)memory!).Look(), this, Quiet, Quiet);
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        if (Volatile.Read(ref _running) > 0 || Interlocked.Exchange(ref _used, false))
        {
            return;
        }

        // A request that begins right now may miss the timer; the next one starts it.
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
        }

        if (GC.GetTotalAllocatedBytes() - _allocated >= Worthwhile)
        {
            collect();
            _allocated = GC.GetTotalAllocatedBytes();
        }
    }

    public static void Collect() =>
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    internal readonly struct Lease(IdleMemory memory) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref memory._running);
    }
}
