namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>The one limit on every wait of a test: long enough for a loaded machine, short enough that a hang is a failure.</summary>
internal static class Waits
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(45);

    public static Task Soon(this Task task) => task.WaitAsync(Limit, TimeProvider.System);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Limit, TimeProvider.System);

    /// <summary>Lets other work run until something is so; for states of the product that no event announces.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }
    }
}
