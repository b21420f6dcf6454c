using AotSidecar.Process;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.Process;

public sealed class IdleMemoryTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly FakeTimeProvider _clock = new();
    private int _collections;

    [Fact]
    public void Collects_AQuietMomentAfterWork()
    {
        using var memory = Memory();
        using (memory.Enter())
        {
            Allocate();
        }

        // The first look finds that there was work.
        _clock.Advance(Period);
        Assert.Equal(0, _collections);

        _clock.Advance(Period);
        Assert.Equal(1, _collections);
    }

    [Fact]
    public void Waits_WhileARequestRuns()
    {
        using var memory = Memory();
        using (memory.Enter())
        {
            Allocate();

            _clock.Advance(10 * Period);

            Assert.Equal(0, _collections);
        }

        _clock.Advance(2 * Period);
        Assert.Equal(1, _collections);
    }

    [Fact]
    public void AfterTheCollection_NoTimerRuns_UntilThereIsWorkAgain()
    {
        using var memory = Memory();
        memory.Watch();
        Allocate();
        _clock.Advance(2 * Period);
        Allocate();

        _clock.Advance(10 * Period);
        Assert.Equal(1, _collections);

        memory.Enter().Dispose();
        _clock.Advance(2 * Period);
        Assert.Equal(2, _collections);
    }

    private IdleMemory Memory() => new(_clock, () => _collections++);

    /// <summary>Worth a collection.</summary>
    private static void Allocate() => GC.KeepAlive(new byte[4 * 1024 * 1024]);
}
