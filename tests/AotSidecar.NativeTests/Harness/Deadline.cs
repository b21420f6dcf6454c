namespace AotSidecar.NativeTests.Harness;

/// <summary>The one limit on every wait: long enough for a loaded machine, short enough that a hang is a failure.</summary>
internal static class Deadline
{
    public static readonly TimeSpan Common = TimeSpan.FromSeconds(45);

    /// <summary>A token for one operation that must finish before the common deadline.</summary>
    public static CancellationToken Token() => new CancellationTokenSource(Common, TimeProvider.System).Token;

    public static async Task Within(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(Common, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{what} did not happen within {Common.TotalSeconds:0} s");
        }
    }

    public static async Task<T> Within<T>(this Task<T> task, string what)
    {
        await ((Task)task).Within(what);
        return await task;
    }

    /// <summary>For rows that are about time itself: a lifetime that has to pass, a pace that has to be kept.</summary>
    public static Task Passes(TimeSpan time) => Task.Delay(time, TimeProvider.System, Token());
}
