using System.Diagnostics;
using System.Text.Json;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;

namespace AotSidecar.ChatKit.Endpoints;

/// <summary>Writes lists element by element: a whole page may exceed the memory budget.</summary>
internal static class PageReplies
{
    /// <summary>The JSON that ends a thread without its items, which are the last member.</summary>
    private static ReadOnlySpan<byte> NoItems => """{"data":[],"has_more":false}}"""u8;

    extension(JsonReply reply)
    {
        public async ValueTask WritePageAsync(Page<StoredItem> page)
        {
            reply.Write("{\"data\":["u8);
            for (var i = 0; i < page.Data.Count; i++)
            {
                reply.Write(i == 0 ? [] : ","u8);
                if (page.Data[i].Json is { } json)
                {
                    await reply.WriteLargeAsync(json);
                }
                else
                {
                    reply.Write(page.Data[i].Item, ChatKitJson.Wire.ThreadItem);
                    await reply.FlushAsync();
                }
            }

            reply.WriteEnd(page.HasMore, page.After);
        }

        public async ValueTask WritePageAsync(Page<ChatThread> page)
        {
            reply.Write("{\"data\":["u8);
            for (var i = 0; i < page.Data.Count; i++)
            {
                reply.Write(i == 0 ? [] : ","u8);
                reply.Write(page.Data[i], ChatKitJson.Wire.ChatThread);
                await reply.FlushAsync();
            }

            reply.WriteEnd(page.HasMore, page.After);
        }

        public async ValueTask WriteThreadAsync(StoredThread thread, Page<StoredItem> items)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(thread.ToWire(), ChatKitJson.Wire.ChatThread);
            Debug.Assert(json.AsSpan().EndsWith(NoItems), "items must be a thread's last member");
            reply.Write(json.AsSpan(..^NoItems.Length));
            await reply.WritePageAsync(items);
            reply.Write("}"u8);
        }

        private void WriteEnd(bool hasMore, string? after)
        {
            reply.Write(hasMore ? "],\"has_more\":true"u8 : "],\"has_more\":false"u8);
            if (after is not null)
            {
                reply.Write(",\"after\":"u8);
                reply.Write(JsonSerializer.SerializeToUtf8Bytes(after, ChatKitJson.Wire.String));
            }

            reply.Write("}"u8);
        }
    }
}
