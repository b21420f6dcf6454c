using AotSidecar.Http;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.Http;

public sealed class MemoryBudgetTests
{
    private const long Large = 1024 * 1024;

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void TryKeep_BeyondTheBound_IsRefusedUntilRoomIsGivenBack()
    {
        var budget = new MemoryBudget(_clock, maxKept: 3 * Large);

        Assert.True(budget.TryKeep(3 * Large));
        Assert.False(budget.TryKeep(1));
        Assert.True(budget.TryKeep(-Large));
        Assert.True(budget.TryKeep(Large));
        Assert.Equal(3 * Large, budget.Kept);
    }

    [Fact]
    public void TryEnter_OfSomethingSmall_IsNeverRefused()
    {
        var budget = new MemoryBudget(_clock, maxUnderWay: Large);
        using var all = budget.TryEnter(Large);

        Assert.NotNull(budget.TryEnter(MemoryBudget.Small - 1));
        Assert.Null(budget.TryEnter(MemoryBudget.Small));
    }

    [Fact]
    public async Task EnterAsync_WithoutRoom_WaitsForItAndNoLongerThanTenSeconds()
    {
        var budget = new MemoryBudget(_clock, maxUnderWay: Large);
        var first = await budget.EnterAsync(Large, CancellationToken.None);

        var second = budget.EnterAsync(Large, CancellationToken.None).AsTask();
        Assert.False(second.IsCompleted);
        first.Dispose();
        first.Dispose();
        using var room = await second;
        Assert.Equal(Large, budget.UnderWay);

        var third = budget.EnterAsync(Large, CancellationToken.None).AsTask();
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("memory_full", (await Assert.ThrowsAnyAsync<Exception>(() => third)).Message);
    }

    [Fact]
    public async Task EnterAloneAsync_OfTwoLargeRequests_LetsTheSecondWait()
    {
        var budget = new MemoryBudget(_clock);
        var first = await budget.EnterAloneAsync(Large, CancellationToken.None);
        var second = budget.EnterAloneAsync(Large, CancellationToken.None).AsTask();

        (await budget.EnterAloneAsync(1, CancellationToken.None)).Dispose();
        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
    }
}
