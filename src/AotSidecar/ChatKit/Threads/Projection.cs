using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Threads;

internal static class Projection
{
    extension(StoredThread thread)
    {
        /// <summary>The thread as it is sent: without its metadata, with a page of items or an empty one.</summary>
        public ChatThread ToWire(Page<ThreadItem>? items = null)
        {
            var head = thread.Head;
            return new ChatThread
            {
                Id = thread.Id,
                Title = head.Title,
                CreatedAt = thread.CreatedAt,
                Status = head.Status,
                AllowedImageDomains = head.AllowedImageDomains,
                Items = items ?? new Page<ThreadItem>([], HasMore: false),
            };
        }
    }
}
