using System.Collections.Concurrent;
using System.Diagnostics;

namespace AotSidecar.NativeTests.Harness;

/// <summary>
/// Starts every child from one thread that never ends: Linux delivers a child's parent-death signal when the thread that
/// forked it ends, and a thread of the pool does so as soon as it has been idle for a while.
/// </summary>
internal static class ChildSpawner
{
    private static readonly BlockingCollection<Action> Work = CreateWorker();

    public static Task<Process> StartAsync(ProcessStartInfo start)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception exception)
            {
                started.SetException(exception);
            }
        });
        return started.Task;
    }

    private static BlockingCollection<Action> CreateWorker()
    {
        var work = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var start in work.GetConsumingEnumerable())
            {
                start();
            }
        })
        { IsBackground = true, Name = "child spawner" }.Start();
        return work;
    }
}
