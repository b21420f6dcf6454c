using AotSidecar.ChatKit.Turns;
using AotSidecar.Failures;
using AotSidecar.Http;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.ChatKit.Turns;

public sealed class AnswerRoomTests
{
    private const int Small = (int)MemoryBudget.Small;

    private readonly MemoryBudget _budget = new(new FakeTimeProvider(), maxUnderWay: 16 * Small);

    [Fact]
    public void Grow_OfASmallAnswer_TakesNothing()
    {
        using var room = new AnswerRoom(_budget);

        room.Grow(Small);

        Assert.Equal(0, _budget.UnderWay);
    }

    [Fact]
    public void Grow_BeyondTheBudget_IsRefusedUntilAnotherAnswerEnds()
    {
        var other = new AnswerRoom(_budget);
        other.Grow(2 * Small);
        using var room = new AnswerRoom(_budget);
        room.Grow(2 * Small);

        var refused = Assert.Throws<FailureException>(() => room.Grow(1));

        Assert.Equal(Failure.MemoryFull, refused.Failure);
        other.Dispose();
        room.Grow(1);
        Assert.True(_budget.UnderWay > 0);
        room.Dispose();
        Assert.Equal(0, _budget.UnderWay);
    }
}
