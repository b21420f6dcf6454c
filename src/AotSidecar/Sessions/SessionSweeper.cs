namespace AotSidecar.Sessions;

/// <summary>Sweeps the store once a second while it holds anything, so that a key is gone within a second of its session's end. With nothing to sweep it sleeps without a timer.</summary>
internal sealed class SessionSweeper(SessionStore sessions, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await sessions.Added.WaitAsync(stoppingToken);
            while (sessions.NeedsSweep)
            {
                await Task.Delay(Period, clock, stoppingToken);
                sessions.Sweep();
            }
        }
    }
}
