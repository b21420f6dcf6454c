using System.Text.Json;
using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.Failures;
using AotSidecar.Json;

namespace AotSidecar.ChatKit.Requests;

/// <summary>
/// Reads a request body. Members may come in any order, and unknown ones are ignored, because the component's builds
/// add some. Unknown operations and wrong types are refused.
/// </summary>
internal static class ChatKitRequestReader
{
    /// <summary>Characters of a thread's title.</summary>
    private const int MaxTitle = 500;
    private const int MaxMetadata = 64 * 1024;
    private const int MaxListed = 1000;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <exception cref="FailureException">400 with the offending member.</exception>
    public static ChatKitRequest Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            body = LoneSurrogates.Replaced(body);
            JsonBounds.Check(body.Span, Options.MaxDepth);
            using var document = JsonDocument.Parse(body, Options);
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            throw new FailureException(Failure.InvalidJson("the body is not one valid JSON object"));
        }
        catch (InvalidOperationException)
        {
            // A name or string with a lone surrogate.
            throw new FailureException(Failure.InvalidJson("the body has text that is not Unicode"));
        }
    }

    private static ChatKitRequest Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FailureException(Failure.InvalidJson("the body must be a JSON object"));
        }

        var request = new RequestMembers(root, "");
        var type = root.TryGetProperty("type", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString()! : "";
        var read = Reader(type) ?? throw new FailureException(new Failure(
            400, "unknown_request_type", "type does not name an operation of the ChatKit protocol", Param: "type"));
        CheckMetadata(root);
        return read(request.OptionalObject("params") ?? RequestMembers.Of(ChatKitJson.EmptyObject, "params"));
    }

    /// <summary>This sidecar's predecessor used underscores; both spellings are accepted.</summary>
    private static Func<RequestMembers, ChatKitRequest>? Reader(string type) => type switch
    {
        "threads.create" or "threads_create" => static p => new ChatKitRequest.CreateThread(UserInputReader.Read(p.Object("input"))),
        "threads.add_user_message" or "threads_add_user_message" => static p =>
            new ChatKitRequest.AddUserMessage(p.Id("thread_id"), UserInputReader.Read(p.Object("input"))),
        "threads.add_client_tool_output" or "threads_add_client_tool_output" => static p =>
            new ChatKitRequest.AddClientToolOutput(p.Id("thread_id"), p.Optional("result")?.Clone()),
        "threads.add_structured_input" or "threads_add_structured_input" => ReadStructuredInput,
        "threads.retry_after_item" or "threads_retry_after_item" => static p =>
            new ChatKitRequest.RetryAfterItem(p.Id("thread_id"), p.Id("item_id")),
        "threads.custom_action" or "threads_custom_action" => static p => ReadAction(p, sync: false),
        "threads.sync_custom_action" or "threads_sync_custom_action" => static p => ReadAction(p, sync: true),
        "threads.get_by_id" or "threads_get_by_id" => static p => new ChatKitRequest.GetThread(p.Id("thread_id")),
        "threads.list" or "threads_list" => static p => new ChatKitRequest.ListThreads(ReadPage(p)),
        "items.list" or "items_list" => static p => new ChatKitRequest.ListItems(p.Id("thread_id"), ReadPage(p)),
        "threads.update" or "threads_update" => static p =>
            new ChatKitRequest.UpdateThread(p.Id("thread_id"), p.String("title", MaxTitle)),
        "threads.delete" or "threads_delete" => static p => new ChatKitRequest.DeleteThread(p.Id("thread_id")),
        "items.feedback" or "items_feedback" => static p => new ChatKitRequest.Feedback(
            p.Id("thread_id"), ReadTexts(p, "item_ids"), p.Choice("kind", null, "positive", "negative")),
        "attachments.create" or "attachments_create" => ReadAttachment,
        "attachments.delete" or "attachments_delete" => static p => new ChatKitRequest.DeleteAttachment(p.Id("attachment_id")),
        "attachments.get_preview" or "attachments_get_preview" => static p => new ChatKitRequest.GetPreview(p.Id("attachment_id")),
        "input.transcribe" or "input_transcribe" => ReadTranscription,
        _ => null,
    };

    private static ChatKitRequest ReadStructuredInput(RequestMembers parameters)
    {
        var input = parameters.Object("input");
        var answers = new Dictionary<string, StructuredAnswer>(StringComparer.Ordinal);
        if (input.OptionalObject("answers") is { } given)
        {
            foreach (var member in given.Element.EnumerateObject().Take(MaxListed))
            {
                var answer = RequestMembers.Of(member.Value, given.Path(member.Name));
                answers[member.Name] = new StructuredAnswer
                {
                    Values = answer.Has("values") ? ReadTexts(answer, "values") : [],
                    Skipped = answer.Boolean("skipped", otherwise: false),
                };
            }
        }

        var skipped = input.Choice("status", "answered", "answered", "skipped") == "skipped";
        return new ChatKitRequest.AddStructuredInput(parameters.Id("thread_id"), parameters.Id("item_id"), skipped, answers);
    }

    private static ChatKitRequest ReadAction(RequestMembers parameters, bool sync)
    {
        var action = parameters.Object("action");
        var itemId = parameters.Optional("item_id") is null ? null : parameters.Id("item_id");
        var payload = action.Optional("payload") is { } value ? Clone(value) : null;
        return new ChatKitRequest.CustomAction(parameters.Id("thread_id"), itemId, action.String("type", 256), payload, sync);
    }

    private static PageQuery ReadPage(RequestMembers parameters)
    {
        var limit = Paging.DefaultLimit;
        if (parameters.Optional("limit") is { } given)
        {
            if (given.ValueKind != JsonValueKind.Number)
            {
                throw RequestMembers.WrongType(parameters.Path("limit"), "a whole number");
            }

            limit = given.TryGetInt32(out var number) && number >= 0
                ? number
                : throw RequestMembers.Invalid(parameters.Path("limit"), "a whole number from 0");
        }

        var ascending = parameters.Choice("order", "desc", "asc", "desc") == "asc";
        var after = parameters.Optional("after") is null ? null : parameters.Id("after");
        return new PageQuery(limit == 0 ? Paging.DefaultLimit : Math.Min(limit, Paging.MaxLimit), ascending, after);
    }

    private static ChatKitRequest ReadAttachment(RequestMembers parameters)
    {
        var size = parameters.Required("size");
        var name = parameters.String("name", ChatKitRequest.MaxFileName);
        return name.Length == 0 ? throw RequestMembers.Invalid(parameters.Path("name"), "a file's name")
            : size.ValueKind != JsonValueKind.Number ? throw RequestMembers.WrongType(parameters.Path("size"), "a number of bytes")
            : size.TryGetInt64(out var bytes) && bytes >= 0
                ? new ChatKitRequest.CreateAttachment(name, bytes, ReadMediaType(parameters))
                : throw RequestMembers.Invalid(parameters.Path("size"), "a number of bytes");
    }

    private static string ReadMediaType(RequestMembers parameters)
    {
        var type = parameters.OptionalString("mime_type", ChatKitRequest.MaxFileName);
        return string.IsNullOrEmpty(type) ? MediaTypes.Unknown
            : MediaTypes.IsValid(type) ? type
            : throw RequestMembers.Invalid(parameters.Path("mime_type"), "a media type such as image/png");
    }

    private static ChatKitRequest ReadTranscription(RequestMembers parameters)
    {
        var audio = parameters.Required("audio_base64");
        if (audio.ValueKind != JsonValueKind.String)
        {
            throw RequestMembers.WrongType(parameters.Path("audio_base64"), "a string");
        }

        return audio.TryGetBytesFromBase64(out var bytes) && bytes.Length > 0
            ? new ChatKitRequest.Transcribe(bytes, parameters.String("mime_type", ChatKitRequest.MaxFileName))
            : throw RequestMembers.Invalid(parameters.Path("audio_base64"), "audio in base64");
    }

    private static List<string> ReadTexts(RequestMembers parameters, string name)
    {
        var texts = new List<string>();
        foreach (var element in parameters.Array(name, MaxListed))
        {
            texts.Add(RequestMembers.Text(element, $"{parameters.Path(name)}[{texts.Count}]"));
        }

        return texts;
    }

    /// <summary>The protocol has it and nothing here uses it, so only its shape and size are checked.</summary>
    private static void CheckMetadata(JsonElement root)
    {
        if (!root.TryGetProperty("metadata", out var metadata) || metadata.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        if (metadata.ValueKind != JsonValueKind.Object)
        {
            throw RequestMembers.WrongType("metadata", "an object");
        }

        if (metadata.GetRawText().Length > MaxMetadata)
        {
            throw RequestMembers.Invalid("metadata", "at most 64 KiB");
        }
    }

    private static JsonElement? Clone(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.Clone();
}
