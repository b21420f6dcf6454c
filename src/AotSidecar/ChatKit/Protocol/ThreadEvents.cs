using System.Text.Json;
using System.Text.Json.Serialization;

namespace AotSidecar.ChatKit.Protocol;

/// <summary>What a stream consists of: docs/chatkit.md#events.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ThreadCreatedEvent), "thread.created")]
[JsonDerivedType(typeof(ThreadUpdatedEvent), "thread.updated")]
[JsonDerivedType(typeof(ItemAddedEvent), "thread.item.added")]
[JsonDerivedType(typeof(ItemUpdatedEvent), "thread.item.updated")]
[JsonDerivedType(typeof(ItemDoneEvent), "thread.item.done")]
[JsonDerivedType(typeof(ItemRemovedEvent), "thread.item.removed")]
[JsonDerivedType(typeof(ItemReplacedEvent), "thread.item.replaced")]
[JsonDerivedType(typeof(StreamOptionsEvent), "stream_options")]
[JsonDerivedType(typeof(ProgressUpdateEvent), "progress_update")]
[JsonDerivedType(typeof(ClientEffectEvent), "client_effect")]
[JsonDerivedType(typeof(NoticeEvent), "notice")]
[JsonDerivedType(typeof(ErrorEvent), "error")]
internal abstract record ThreadEvent;

internal sealed record ThreadCreatedEvent(ChatThread Thread) : ThreadEvent;

internal sealed record ThreadUpdatedEvent(ChatThread Thread) : ThreadEvent
{
    /// <summary>Not on the wire: the host's event had no status, so the status stays.</summary>
    [JsonIgnore]
    public bool KeepsStatus { get; init; }

    /// <summary>Not on the wire: the metadata in the host's event, or null.</summary>
    [JsonIgnore]
    public JsonElement? Metadata { get; init; }
}

/// <summary>Shows an unfinished item; nothing is stored.</summary>
internal sealed record ItemAddedEvent(ThreadItem Item) : ThreadEvent;

/// <summary>Changes an item on screen; nothing is stored.</summary>
internal sealed record ItemUpdatedEvent(string ItemId, ItemUpdate Update) : ThreadEvent;

/// <summary>The final state of an item; stored before it is sent.</summary>
internal sealed record ItemDoneEvent(ThreadItem Item) : ThreadEvent;

internal sealed record ItemRemovedEvent(string ItemId) : ThreadEvent;

/// <summary>Swaps an item in place; stored before it is sent.</summary>
internal sealed record ItemReplacedEvent(ThreadItem Item) : ThreadEvent;

internal sealed record StreamOptionsEvent(StreamOptions StreamOptions) : ThreadEvent;

internal sealed record StreamOptions(bool AllowCancel);

/// <summary>A passing status line.</summary>
internal sealed record ProgressUpdateEvent(string Text, string? Icon = null) : ThreadEvent;

internal sealed record ClientEffectEvent : ThreadEvent
{
    public required string Name { get; init; }

    public JsonElement Data { get; init => field = ChatKitJson.OrEmpty(value); } = ChatKitJson.EmptyObject;
}

/// <param name="Level"><c>info</c>, <c>warning</c> or <c>danger</c>.</param>
internal sealed record NoticeEvent(string Level, string Message, string? Title = null) : ThreadEvent;

internal sealed record ErrorEvent : ThreadEvent
{
    public const string StreamError = "stream.error";
    public const string Custom = "custom";

    /// <summary><c>custom</c> or <c>stream.error</c>; the page shows any other code only with a message.</summary>
    public string Code { get; init => field = value ?? Custom; } = Custom;

    public string? Message { get; init; }

    public bool AllowRetry { get; init; }

    /// <summary>
    /// Our addition to the protocol: a machine-readable code such as <c>thread_full</c>. OpenAI's component ignores it.
    /// </summary>
    public string? Reason { get; init; }
}
