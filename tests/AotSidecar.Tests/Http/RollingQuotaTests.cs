using AotSidecar.Http;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.Http;

public sealed class RollingQuotaTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Take_BeyondThePermits_WaitsForTheOldestToPass()
    {
        var quota = new RollingQuota(20, _clock);
        for (var at = 0; at < 20; at++)
        {
            Assert.Null(quota.Take());
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(40, quota.Take());
        _clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Null(quota.Take());
        Assert.Equal(1, quota.Take());
    }

    [Fact]
    public void Take_AfterTheWaitThatWasNamed_IsGrantedHoweverLongTheQuietWas()
    {
        var quota = new RollingQuota(3, _clock);
        Exhaust(quota, 3);

        _clock.Advance(TimeSpan.FromSeconds(quota.Take()!.Value));
        Exhaust(quota, 3);
        _clock.Advance(TimeSpan.FromHours(1));

        Exhaust(quota, 3);
    }

    [Fact]
    public void Wait_TakesNothing()
    {
        var quota = new RollingQuota(1, _clock);

        Assert.Null(quota.Wait());
        Exhaust(quota, 1);
        Assert.Equal(60, quota.Wait());
    }

    private static void Exhaust(RollingQuota quota, int permits)
    {
        for (var at = 0; at < permits; at++)
        {
            Assert.Null(quota.Take());
        }

        Assert.NotNull(quota.Take());
    }
}
