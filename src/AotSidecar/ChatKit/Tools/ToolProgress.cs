using System.Threading.Channels;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Tools;

/// <summary>Events of tools that are still running, on their way from the bridge to the turn that writes them.</summary>
internal sealed class ToolProgress
{
    /// <summary>Bytes of JSON that may wait for a page that reads slowly.</summary>
    private const long MaxWaiting = 4 * 1024 * 1024;

    /// <summary>Of one round of tools.</summary>
    private const int MaxEvents = 10_000;

    private readonly Channel<(IReadOnlyList<ThreadEvent> Events, long Size)> _events =
        Channel.CreateUnbounded<(IReadOnlyList<ThreadEvent>, long)>(new() { SingleReader = true });

    private long _waiting;
    private int _count;

    /// <param name="size">Of the events' JSON, in bytes.</param>
    /// <returns>False when there is no room; the events are dropped then.</returns>
    public bool TryAdd(IReadOnlyList<ThreadEvent> events, long size)
    {
        if (Interlocked.Add(ref _waiting, size) <= MaxWaiting && Interlocked.Add(ref _count, events.Count) <= MaxEvents)
        {
            return _events.Writer.TryWrite((events, size));
        }

        Interlocked.Add(ref _waiting, -size);
        return false;
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _events.Reader.WaitToReadAsync(cancellationToken).AsTask();

    /// <summary>What has come since, in the order in which it came.</summary>
    public IEnumerable<ThreadEvent> Take()
    {
        while (_events.Reader.TryRead(out var one))
        {
            Interlocked.Add(ref _waiting, -one.Size);
            foreach (var threadEvent in one.Events)
            {
                yield return threadEvent;
            }
        }
    }
}
