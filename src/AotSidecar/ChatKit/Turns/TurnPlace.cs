using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Failures;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// The right to write an answer into a thread, which one operation has at a time: two would interleave their answers.
/// </summary>
internal sealed class TurnPlace(StoredThread thread) : IDisposable
{
    public StoredThread Thread => thread;

    public bool IsTaken { get; private set; }

    public bool TryTake() => IsTaken = IsTaken || thread.TryBeginStreaming();

    /// <summary>Waits, with heartbeats on the stream, until whoever has the place leaves it.</summary>
    /// <exception cref="FailureException">The thread has been deleted meanwhile.</exception>
    public async Task TakeAsync(EventStream stream, CancellationToken cancellationToken)
    {
        if (!TryTake())
        {
            await stream.WaitAsync(new ValueTask<bool>(WaitAsync(cancellationToken)), cancellationToken);
            if (thread.IsLost)
            {
                throw new FailureException(Failure.ThreadNotFound);
            }
        }
    }

    public void Dispose()
    {
        if (IsTaken)
        {
            IsTaken = false;
            thread.EndStreaming();
        }
    }

    private async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        await thread.BeginStreamingAsync(cancellationToken);
        return IsTaken = true;
    }
}
