using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Threads;

/// <summary>
/// Pages over a list in order of creation, with an element's id as exclusive cursor: docs/chatkit.md#paging.
/// </summary>
internal static class Paging
{
    public const int DefaultLimit = 20;

    /// <summary>
    /// The component asks for 9999 and continues while <c>has_more</c>, so a cap only splits the reply.
    /// </summary>
    public const int MaxLimit = 1000;

    /// <returns>Null when <paramref name="after"/> names no element.</returns>
    public static Page<T>? Take<T>(
        List<T> list, Func<T, string> id, int limit, bool ascending, string? after, Func<T, bool> visible)
    {
        var step = ascending ? 1 : -1;
        var at = ascending ? 0 : list.Count - 1;
        if (after is not null)
        {
            // Search from the end, where most cursors are.
            at = list.FindLastIndex(element => id(element) == after);
            if (at < 0)
            {
                return null;
            }

            at += step;
        }

        var data = new List<T>(Math.Min(limit, list.Count));
        for (; at >= 0 && at < list.Count; at += step)
        {
            if (!visible(list[at]))
            {
                continue;
            }

            if (data.Count == limit)
            {
                return new Page<T>(data, HasMore: true, id(data[^1]));
            }

            data.Add(list[at]);
        }

        return new Page<T>(data, HasMore: false);
    }
}
