using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// What the host adds to a turn (<c>turn/context</c>): text such as the open file, and what the tags of the user's
/// message stand for. It is given to the model with the last message, and is neither stored nor shown.
/// </summary>
/// <param name="Tags">Text by the tag's id.</param>
internal sealed record TurnBackground(string? Text, IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>Characters of each text.</summary>
    private const int MaxText = 64 * 1024;

    private const int MaxTags = 100;

    /// <summary>Characters of a tag's data that are sent to the host.</summary>
    private const int MaxData = 4 * 1024;

    public static TurnBackground None { get; } = new(null, new Dictionary<string, string>());

    /// <summary>Asks the host. Whatever it answers, the turn goes on.</summary>
    public static async Task<TurnBackground> AskAsync(
        IExtensionHost host, TurnPipeline pipeline, ILogger logger, CancellationToken cancellationToken)
    {
        if (!host.Capabilities.Context)
        {
            return None;
        }

        var message = pipeline.Thread.History().Select(static entry => entry.Item).OfType<UserMessageItem>().LastOrDefault();
        var call = host.CallAsync("turn/context", Params(pipeline.Thread.Id, message), timeout: null, cancellationToken);
        var reply = await pipeline.Stream.WaitAsync(new ValueTask<HostReply>(call), cancellationToken);
        if (reply is HostReply.Result { Value: { ValueKind: JsonValueKind.Object } result })
        {
            return Read(result);
        }

        if (reply is not HostReply.Result { Value.ValueKind: JsonValueKind.Null })
        {
            logger.HostAnswerRefused("turn/context", reply.GetType().Name);
        }

        return None;
    }

    private static TurnBackground Read(JsonElement result)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        if (result.TryGetProperty("tags"u8, out var given) && given.ValueKind == JsonValueKind.Array)
        {
            foreach (var tag in given.EnumerateArray().Take(MaxTags))
            {
                if (HostText.Of(tag, "id"u8) is { } id && HostText.Of(tag, "text"u8) is { } text)
                {
                    tags[id] = HostText.Cut(text, MaxText);
                }
            }
        }

        return new TurnBackground(HostText.Of(result, "text"u8) is { } read ? HostText.Cut(read, MaxText) : null, tags);
    }

    private static byte[] Params(string threadId, UserMessageItem? message) => JsonBytes.Write(json =>
    {
        json.WriteString("threadId"u8, threadId);
        json.WriteString("message"u8, HostText.Cut(message is null ? "" : ModelInput.TextOf(message), MaxText));
        json.WriteStartArray("tags"u8);
        foreach (var tag in (message?.Content ?? []).OfType<InputTag>().DistinctBy(static tag => tag.Id).Take(MaxTags))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, tag.Id);
            json.WriteString("text"u8, tag.Text);
            if (tag.Data.GetRawText() is { Length: <= MaxData } data)
            {
                json.WritePropertyName("data"u8);
                json.WriteRawValue(data);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
