using System.Globalization;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Sessions;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Endpoints;

/// <summary>
/// <c>GET /threads?q=</c>: looks through the titles and the visible text of the user's own threads, newest first. A
/// request searches for a bounded time: its page may be short or empty and still have more, with the last thread
/// searched as cursor.
/// </summary>
internal sealed class ThreadSearch(ThreadStore threads, TimeProvider clock)
{
    /// <summary>Characters.</summary>
    private const int MaxQuery = 256;

    /// <summary>Acceptable for a list, and short enough not to starve streams on a small machine.</summary>
    private static readonly TimeSpan MaxTime = TimeSpan.FromMilliseconds(500);

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGated("/threads", Credential.SessionToken, MethodRoute.Get(SearchAsync));

    /// <returns>Null when <paramref name="after"/> is not a thread of this user.</returns>
    public Page<StoredThread>? Search(string user, string text, int limit, string? after, CancellationToken cancellationToken)
    {
        if (threads.Newest(user, after) is not { } candidates)
        {
            return null;
        }

        var begun = clock.GetTimestamp();
        var hits = new List<StoredThread>();
        for (var i = 0; i < candidates.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Matches(candidates[i], text))
            {
                if (hits.Count == limit)
                {
                    return new Page<StoredThread>(hits, HasMore: true, hits[^1].Id);
                }

                hits.Add(candidates[i]);
            }

            if (clock.GetElapsedTime(begun) >= MaxTime && i < candidates.Count - 1)
            {
                return new Page<StoredThread>(hits, HasMore: true, candidates[i].Id);
            }
        }

        return new Page<StoredThread>(hits, HasMore: false);
    }

    private async Task SearchAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var text = query["q"].ToString();
        if (text.Length == 0)
        {
            throw new FailureException(new Failure(400, "missing_field", "q must say what to search for", Param: "q"));
        }

        if (text.Length > MaxQuery)
        {
            throw Invalid("q", $"at most {MaxQuery} characters");
        }

        var after = query["after"].ToString() is { Length: > 0 } cursor ? cursor : null;
        await SocketThreads.LeaveAsync();
        var page = Search(context.CurrentSession.Grant.User, text, Limit(query["limit"].ToString()), after, context.RequestAborted)
            ?? throw new FailureException(Failure.UnknownCursor("after"));
        using var reply = new JsonReply(context);
        await reply.WritePageAsync(page.ToWire());
        await reply.CompleteAsync();
    }

    private static bool Matches(StoredThread thread, string text)
    {
        try
        {
            return thread.Any(
                head => head.Title?.Contains(text, StringComparison.OrdinalIgnoreCase) == true,
                item => VisibleText.Has(item, text));
        }
        catch (StorageException)
        {
            // Logged where it failed; search the other threads.
            return false;
        }
    }

    private static int Limit(string given) =>
        given.Length == 0 ? Paging.DefaultLimit
        : !int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? throw Invalid("limit", "a whole number from 0")
        : limit == 0 ? Paging.DefaultLimit
        : Math.Min(limit, Paging.MaxLimit);

    private static FailureException Invalid(string parameter, string expected) =>
        new(Failure.Invalid(parameter, expected));
}
