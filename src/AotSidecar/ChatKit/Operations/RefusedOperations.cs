using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Sessions;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit.Operations;

/// <summary>
/// Events sent before the error of a refused operation: the component drops a typed message that the server does not
/// send back, and has already removed the items that it asked to be written again.
/// </summary>
internal sealed class RefusedOperations(ThreadStore threads, AttachmentStore attachments)
{
    /// <summary>In characters: more than anybody types, and little enough to be sent when there is no room for the message.</summary>
    private const int MaxGivenBack = 256 * 1024;

    public IReadOnlyList<ThreadItem> GiveBack(ChatKitRequest request, Session session)
    {
        try
        {
            return Find(request, session);
        }
        catch (StorageException)
        {
            // Logged where it failed; the error is what has to reach the page.
            return [];
        }
    }

    private IReadOnlyList<ThreadItem> Find(ChatKitRequest request, Session session) => request switch
    {
        ChatKitRequest.CreateThread { Input: var input } when IsLarge(input.Content, input.QuotedText) => [],
        ChatKitRequest.AddUserMessage { Input: var input } when IsLarge(input.Content, input.QuotedText) => [],
        ChatKitRequest.CreateThread create => [Unsent(create.Input, ItemIds.Create(ItemIds.Thread), session)],
        ChatKitRequest.AddUserMessage add => [Unsent(add.Input, add.ThreadId, session)],
        ChatKitRequest.RetryAfterItem retry when threads.TryGet(session.Grant.User, retry.ThreadId, out var thread) => After(retry.ItemId, thread),
        _ => [],
    };

    /// <summary>Whether a message is too large to be given back.</summary>
    public static bool IsLarge(IReadOnlyList<UserContent> content, string? quotedText) =>
        content.Sum(static part => (long)part.Text.Length) + (quotedText?.Length ?? 0) > MaxGivenBack;

    /// <summary>A call of a client tool is left out: the page would run it again.</summary>
    private static ThreadItem[] After(string itemId, StoredThread thread) =>
    [
        .. thread.Page(Paging.DefaultLimit, ascending: true, itemId)?.Data
            .Select(static stored => stored.Item).Where(static item => item is not ClientToolCallItem) ?? [],
    ];

    /// <summary>With those of its files that exist; not stored.</summary>
    private UserMessageItem Unsent(UserInput input, string threadId, Session session) => new()
    {
        Id = ItemIds.Create(ItemIds.Message),
        ThreadId = threadId,
        CreatedAt = threads.Now(),
        Content = input.Content,
        Attachments =
        [
            .. input.AttachmentIds
                .Select(id => attachments.TryGet(session.Grant.User, id, out var found, out _) ? found with { UploadDescriptor = null } : null)
                .OfType<Attachment>(),
        ],
        QuotedText = input.QuotedText,
        InferenceOptions = input.Options,
    };
}
