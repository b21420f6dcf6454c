using System.Buffers.Text;
using System.Text.Json;
using System.Text;
using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Json;
using AotSidecar.Sessions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace AotSidecar.ChatKit.Endpoints;

/// <summary>Uploads, two-phase and direct: docs/chatkit.md#attachments.</summary>
internal sealed class AttachmentUploads(AttachmentStore store, MemoryBudget budget)
{
    /// <summary>
    /// A larger preview would weigh on every reply that shows its message; the page asks for it instead.
    /// </summary>
    private const int MaxInlinePreview = 256 * 1024;

    /// <summary>The picture and its base64 text.</summary>
    private const int CopiesOfAPreview = 3;

    /// <summary>Room for multipart boundaries and headers.</summary>
    private const int MultipartOverhead = 16 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGated("/attachments", Credential.SessionToken, MethodRoute.Post(BodyKind.Any, UploadDirectAsync));
        routes.MapGated(
            "/attachments/{id}", Credential.SessionToken,
            MethodRoute.Get(ReadAsync), MethodRoute.Put(BodyKind.Any, UploadAsync), MethodRoute.Post(BodyKind.Any, UploadAsync));
    }

    /// <summary>Registers a file and returns where to upload it.</summary>
    /// <exception cref="FailureException">Too large, or no room.</exception>
    public Attachment Create(ChatKitRequest.CreateAttachment request, HttpContext context)
    {
        if (request.Size > AttachmentStore.MaxFileSize)
        {
            throw new FailureException(Failure.TooLarge(AttachmentStore.MaxFileSize));
        }

        var id = ItemIds.Create(ItemIds.Attachment);
        var address = Address(context, id);
        var attachment = Describe(id, request.Name, request.MimeType) with
        {
            UploadDescriptor = new UploadDescriptor(address, HttpMethods.Put, new Dictionary<string, string>()),
        };
        return store.TryAdd(context.CurrentSession.Grant.User, attachment) ? attachment : throw new FailureException(Failure.AttachmentsFull);
    }

    /// <summary>
    /// A picture as <c>{"url":"data:…"}</c>: a page of another origin cannot load one from an address that needs a
    /// token.
    /// </summary>
    /// <exception cref="FailureException">There is no such picture.</exception>
    public async Task WritePreviewAsync(string attachmentId, JsonReply reply, HttpContext context)
    {
        if (!store.TryGet(context.CurrentSession.Grant.User, attachmentId, out var attachment, out _) || attachment is not ImageAttachment)
        {
            throw new FailureException(Failure.AttachmentNotFound);
        }

        using var room = await budget.EnterAsync(CopiesOfAPreview * store.SizeOf(attachmentId), context.RequestAborted);
        var content = store.ReadContent(attachmentId) ?? throw new FailureException(Failure.AttachmentNotFound);
        var head = Encoding.UTF8.GetBytes($"{{\"url\":\"data:{JsonEncodedText.Encode(attachment.MimeType)};base64,");
        var json = new byte[head.Length + Base64.GetMaxEncodedToUtf8Length(content.Length) + 2];
        head.CopyTo(json, 0);
        Base64.EncodeToUtf8(content.Span, json.AsSpan(head.Length), out _, out var written);
        "\"}"u8.CopyTo(json.AsSpan(head.Length + written));
        await reply.WriteLargeAsync(json);
    }

    private async Task UploadAsync(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        if (!store.TryGet(context.CurrentSession.Grant.User, id, out var attachment, out _) || attachment.ThreadId is not null)
        {
            throw new FailureException(Failure.AttachmentNotFound);
        }

        var content = context.Request.Method == HttpMethods.Put
            ? await ReadRawAsync(context)
            : (await ReadMultipartAsync(context)).Content;
        await SocketThreads.LeaveAsync();
        Save(WithPreview(attachment with { UploadDescriptor = null }, content), content);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task UploadDirectAsync(HttpContext context)
    {
        var (name, mimeType, content) = await ReadMultipartAsync(context);
        await SocketThreads.LeaveAsync();
        var id = ItemIds.Create(ItemIds.Attachment);
        var attachment = WithPreview(Describe(id, name, mimeType), content);
        if (!store.TryAdd(context.CurrentSession.Grant.User, attachment))
        {
            throw new FailureException(Failure.AttachmentsFull);
        }

        Save(attachment, content);
        await context.Response.WriteJsonAsync(attachment, ChatKitJson.Wire.Attachment, context.RequestAborted);
    }

    private async Task ReadAsync(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        await SocketThreads.LeaveAsync();
        if (!store.TryGet(context.CurrentSession.Grant.User, id, out var attachment, out _))
        {
            throw new FailureException(Failure.AttachmentNotFound);
        }

        using var room = await budget.EnterAsync(store.SizeOf(id), context.RequestAborted);
        if (store.ReadContent(id) is not { } content)
        {
            throw new FailureException(Failure.AttachmentNotFound);
        }

        context.Response.ContentType = MediaTypes.IsPicture(attachment.MimeType) ? MediaTypes.Essence(attachment.MimeType) : MediaTypes.Unknown;
        context.Response.ContentLength = content.Length;
        await context.Response.WritePiecesAsync(content, context.RequestAborted);
    }

    private void Save(Attachment attachment, ReadOnlyMemory<byte> content)
    {
        if (!store.TrySetContent(attachment.Id, attachment, content))
        {
            throw new FailureException(Failure.AttachmentsFull);
        }
    }

    private static Attachment Describe(string id, string name, string mimeType) =>
        mimeType.StartsWith("image/", StringComparison.OrdinalIgnoreCase)
            ? new ImageAttachment { Id = id, Name = name, MimeType = mimeType, PreviewUrl = ImageAttachment.LazyPreview }
            : new FileAttachment { Id = id, Name = name, MimeType = mimeType };

    private static Attachment WithPreview(Attachment attachment, ReadOnlyMemory<byte> content) =>
        attachment is ImageAttachment image && content.Length <= MaxInlinePreview
            ? image with { PreviewUrl = DataUrl.From(image.MimeType, content.Span) }
            : attachment;

    /// <summary>The address that the page used; through port forwarding it differs from ours and is https.</summary>
    private static string Address(HttpContext context, string id)
    {
        var host = context.Request.Headers.Host.ToString();
        var local = host.StartsWith("127.0.0.1:", StringComparison.Ordinal) || host.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase);
        return $"{(local ? "http" : "https")}://{host}/attachments/{id}";
    }

    private async Task<ReadOnlyMemory<byte>> ReadRawAsync(HttpContext context)
    {
        using var body = await BoundedBody.ReadAsync(context, AttachmentStore.MaxFileSize, budget);
        return body.Memory.ToArray();
    }

    private async Task<(string Name, string MimeType, ReadOnlyMemory<byte> Content)> ReadMultipartAsync(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= 128 } boundary)
        {
            throw new FailureException(new Failure(415, "unsupported_media_type", "send the file as multipart/form-data in a field named file"));
        }

        using var body = await BoundedBody.ReadAsync(context, AttachmentStore.MaxFileSize + MultipartOverhead, budget);
        using var bytes = body.OpenRead();
        try
        {
            var reader = new MultipartReader(boundary.ToString(), bytes);
            while (await reader.ReadNextSectionAsync(context.RequestAborted) is { } section)
            {
                if (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
                    && HeaderUtilities.RemoveQuotes(disposition.Name) == "file")
                {
                    using var content = new MemoryStream(body.Memory.Length);
                    await section.Body.CopyToAsync(content, context.RequestAborted);
                    var partType = section.ContentType is { Length: <= ChatKitRequest.MaxFileName } given && MediaTypes.IsValid(given) ? given : MediaTypes.Unknown;
                    return (NameOf(disposition), partType, content.GetBuffer().AsMemory(0, (int)content.Length));
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new FailureException(new Failure(400, "invalid_multipart", "the multipart body is malformed"));
        }

        throw new FailureException(new Failure(400, "missing_field", "the multipart body has no field named file", Param: "file"));
    }

    /// <summary>
    /// Browsers write the three characters that a quoted name cannot hold as <c>%22</c>, <c>%0D</c> and <c>%0A</c>.
    /// </summary>
    private static string NameOf(ContentDispositionHeaderValue disposition)
    {
        var name = disposition.FileNameStar.HasValue
            ? disposition.FileNameStar.ToString()
            : HeaderUtilities.UnescapeAsQuotedString(disposition.FileName).ToString()
                .Replace("%22", "\"", StringComparison.Ordinal)
                .Replace("%0D", "", StringComparison.OrdinalIgnoreCase)
                .Replace("%0A", "", StringComparison.OrdinalIgnoreCase);
        return Path.GetFileName(name) is { Length: > 0 and <= ChatKitRequest.MaxFileName } file ? file : "file";
    }
}
