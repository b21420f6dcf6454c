using AotSidecar.ChatKit.Protocol;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Threads;

internal static class Projection
{
    extension(StoredThread thread)
    {
        /// <summary>The thread as it is sent: without its metadata and its items.</summary>
        public ChatThread ToWire()
        {
            var head = thread.Head;
            return new ChatThread
            {
                Id = thread.Id,
                Title = head.Title,
                CreatedAt = thread.CreatedAt,
                Status = head.Status,
                AllowedImageDomains = head.AllowedImageDomains,
                Items = new Page<ThreadItem>([], HasMore: false),
            };
        }
    }

    extension(Page<StoredThread> page)
    {
        /// <summary>
        /// Threads without their items. One that turns out damaged is left out: it has been set aside.
        /// </summary>
        public Page<ChatThread> ToWire() => new([.. page.Data.Select(TryToWire).OfType<ChatThread>()], page.HasMore, page.After);
    }

    private static ChatThread? TryToWire(StoredThread thread)
    {
        try
        {
            return thread.ToWire();
        }
        catch (StorageException e) when (e.Reason == StorageFailure.Unreadable)
        {
            return null;
        }
    }
}
