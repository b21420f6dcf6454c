using AotSidecar.Failures;

namespace AotSidecar.Http;

/// <summary>
/// Bounds the memory used for pages. The aim is 256 MiB resident whatever a page does; how far garbage takes it beyond
/// that is in docs/storage.md#memory.
/// <list type="table">
/// <item><term>24 MiB</term><description>the process itself: code, runtime, sessions, the connections' own buffers</description></item>
/// <item><term>44 MiB</term><description><see cref="MaxKept"/>: threads in memory and, without <c>--data-dir</c>, files</description></item>
/// <item><term>96 MiB</term><description><see cref="MaxUnderWay"/>: large bodies being read or written, and the input of large turns</description></item>
/// <item><term>92 MiB</term><description>garbage until it is collected (<see cref="CollectAfter"/>), and everything too small to be counted</description></item>
/// </list>
/// Requests below <see cref="Small"/> are not counted: the number of connections bounds them.
/// </summary>
#pragma warning disable CA1001 // lives as long as the process; its semaphore never made a handle
internal sealed class MemoryBudget(TimeProvider clock, long maxKept = MemoryBudget.MaxKept, long maxUnderWay = MemoryBudget.MaxUnderWay)
#pragma warning restore CA1001
{
    public const long MaxKept = 44 * Mebibyte;

    public const long MaxUnderWay = 96 * Mebibyte;

    public const long Small = Mebibyte / 2;

    private const long Mebibyte = 1024 * 1024;

    /// <summary>
    /// Freed large arrays stay garbage until the collector has another reason to run, so it is called after this many
    /// bytes.
    /// </summary>
    private const long CollectAfter = 16 * Mebibyte;

    /// <summary>Longer than any local upload takes; a longer wait means that some page does not read.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _oneLarge = new(1, 1);
    private TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _kept;
    private long _underWay;
    private long _freed;

    public static MemoryBudget Unlimited { get; } = new(TimeProvider.System, long.MaxValue, long.MaxValue);

    /// <summary>Bytes of threads and files in memory.</summary>
    public long Kept => Volatile.Read(ref _kept);

    /// <summary>Bytes of large requests, replies and turns.</summary>
    public long UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Reserves memory for what stays; a negative number releases it and never fails.</summary>
    public bool TryKeep(long bytes)
    {
        if (bytes < 0)
        {
            Interlocked.Add(ref _freed, -bytes);
            Collect();
        }

        return TryAdd(ref _kept, bytes, maxKept);
    }

    /// <summary>Reserves memory until disposed.</summary>
    /// <returns>Null when there is not enough.</returns>
    public IDisposable? TryEnter(long bytes)
    {
        if (bytes < Small)
        {
            return new Room(this, 0);
        }

        Collect();
        return TryAdd(ref _underWay, bytes, maxUnderWay) ? new Room(this, bytes) : null;
    }

    /// <summary>Reserves memory until disposed; waits a while for it.</summary>
    /// <exception cref="FailureException">507 <c>memory_full</c>.</exception>
    public async ValueTask<IDisposable> EnterAsync(long bytes, CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        while (true)
        {
            var released = Volatile.Read(ref _released).Task;
            if (TryEnter(bytes) is { } room)
            {
                return room;
            }

            try
            {
                var left = MaxWait - clock.GetElapsedTime(begun);
                await released.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock, cancellationToken);
            }
            catch (TimeoutException)
            {
                throw new FailureException(Failure.MemoryFull);
            }
        }
    }

    /// <summary>
    /// Waits until no other large request is on its way into a thread: for a moment each is there a dozen times, as
    /// bytes, as text, as an event and as a record.
    /// </summary>
    /// <param name="bytes">Length of the request's body.</param>
    public async ValueTask<IDisposable> EnterAloneAsync(long bytes, CancellationToken cancellationToken)
    {
        if (bytes < Small)
        {
            return new Room(this, 0);
        }

        await _oneLarge.WaitAsync(cancellationToken);
        Collect();
        return new Turnstile(this);
    }

    private static bool TryAdd(ref long used, long bytes, long max)
    {
        while (true)
        {
            var now = Volatile.Read(ref used);
            if (bytes > 0 && now + bytes > max)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref used, now + bytes, now) == now)
            {
                return true;
            }
        }
    }

    /// <summary>
    /// For what is under way before memory is taken, not when it is given back: who gives it back still has it on the
    /// stack. What was kept and is removed can go at once.
    /// </summary>
    private void Collect()
    {
        if (Volatile.Read(ref _freed) >= CollectAfter && Interlocked.Exchange(ref _freed, 0) >= CollectAfter)
        {
            GC.Collect();
        }
    }

    private sealed class Room(MemoryBudget budget, long bytes) : IDisposable
    {
        private long _bytes = bytes;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, 0) is var held and > 0)
            {
                TryAdd(ref budget._underWay, -held, 0);
                Interlocked.Exchange(ref budget._released, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
                Interlocked.Add(ref budget._freed, held);
            }
        }
    }

    private sealed class Turnstile(MemoryBudget budget) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                Interlocked.Add(ref budget._freed, CollectAfter);
                budget._oneLarge.Release();
            }
        }
    }
}
