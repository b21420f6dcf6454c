namespace AotSidecar.Process;

/// <summary>
/// Gives memory back when work is over. The collector has no reason to look at what an answer left behind until more is
/// allocated, and a sidecar is idle most of its life: a few milliseconds of collection in a quiet moment halve what it holds.
/// The timer runs only while there is something to wait for, so that an idle process is never woken.
/// </summary>
/// <param name="collect">A full collection that gives back what it frees.</param>
internal sealed class IdleMemory(TimeProvider clock, Action collect) : IDisposable
{
    /// <summary>Long enough to be out of the way of a page that loads, short enough to come while an answer is being read.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    /// <summary>Less than this is not worth a collection.</summary>
    private const long Worthwhile = 2 * 1024 * 1024;

    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long _allocated;
    private int _running;
    private bool _used;

    /// <summary>A request, for as long as it runs.</summary>
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

    /// <summary>Waits for the next quiet moment; also what comes first, the end of the start.</summary>
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

        // A request that begins just now may not start the timer again; the next one will.
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
