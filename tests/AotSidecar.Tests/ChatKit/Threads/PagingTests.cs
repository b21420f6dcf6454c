using AotSidecar.ChatKit.Threads;
using CsCheck;

namespace AotSidecar.Tests.ChatKit.Threads;

public sealed class PagingTests
{
    private static readonly List<string> Abc = ["a", "b", "c"];

    [Theory]
    [InlineData(true, null, 2, "ab", true, "b")]
    [InlineData(false, null, 2, "cb", true, "b")]
    [InlineData(true, "b", 2, "c", false, null)]
    [InlineData(false, "b", 2, "a", false, null)]
    [InlineData(true, null, 3, "abc", false, null)]
    [InlineData(true, "c", 3, "", false, null)]
    [InlineData(false, null, 1, "c", true, "c")]
    public void Case71_Take_LooksOneAhead(bool ascending, string? after, int limit, string data, bool hasMore, string? next)
    {
        var page = Paging.Take(Abc, static one => one, limit, ascending, after, static _ => true)!;

        Assert.Equal(data, string.Concat(page.Data));
        Assert.Equal(hasMore, page.HasMore);
        Assert.Equal(next, page.After);
    }

    [Fact]
    public void Take_AfterWhatIsNotThere_IsNull() =>
        Assert.Null(Paging.Take(Abc, static one => one, 2, ascending: true, "x", static _ => true));

    [Fact]
    public void Take_WithHiddenAtTheEnd_HasNoMore()
    {
        var page = Paging.Take(Abc, static one => one, 2, ascending: true, null, static one => one != "c")!;

        Assert.Equal("ab", string.Concat(page.Data));
        Assert.False(page.HasMore);
    }

    [Fact]
    public void Take_FollowedAsAPageDoes_GivesEveryVisibleElementOnceAndNeverAnEmptyPageWithMore()
    {
        var gen = Gen.Select(Gen.Int[0, 2].Array[0, 40], Gen.Int[1, 9], Gen.Bool);

        gen.Sample(static (hidden, limit, ascending) =>
        {
            var list = hidden.Select(static (value, at) => (Id: $"i{at}", Visible: value > 0)).ToList();
            var seen = new List<string>();
            string? after = null;
            while (true)
            {
                var page = Paging.Take(list, static e => e.Id, limit, ascending, after, static e => e.Visible)!;
                seen.AddRange(page.Data.Select(static e => e.Id));
                Assert.True(page.Data.Count <= limit);
                if (!page.HasMore)
                {
                    break;
                }

                Assert.NotEmpty(page.Data);
                Assert.Equal(page.Data[^1].Id, page.After);
                after = page.Data[^1].Id;
            }

            var visible = list.Where(static e => e.Visible).Select(static e => e.Id);
            Assert.Equal(ascending ? visible : visible.Reverse(), seen);
        }, iter: 300);
    }
}
