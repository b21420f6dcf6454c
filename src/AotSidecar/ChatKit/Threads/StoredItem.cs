using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.Providers.Requests;

namespace AotSidecar.ChatKit.Threads;

/// <summary>
/// A stored item. A large one is kept as the JSON that is sent: that takes half the memory of its text, and is sent in
/// pieces without being serialized again.
/// </summary>
internal sealed class StoredItem
{
    private const int Large = 64 * 1024;

    /// <summary>A small item's objects, beside its text.</summary>
    private const int Overhead = 512;

    private readonly ThreadItem? _item;

    public StoredItem(ThreadItem item, Replay? replay)
    {
        var json = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = ChatKitJson.Wire.Options.Encoder, SkipValidation = true }))
        {
            JsonSerializer.Serialize(writer, item, ChatKitJson.Wire.ThreadItem);
        }

        (Id, IsHidden, Replay, Size) = (item.Id, item.IsHidden, replay, json.WrittenCount);
        _item = Size < Large ? item : null;
        Json = Size < Large ? null : json.WrittenSpan.ToArray();
    }

    private StoredItem(StoredItem other, Replay? replay)
    {
        (Id, IsHidden, Replay, Size) = (other.Id, other.IsHidden, replay, other.Size);
        (_item, Json) = (other._item, other.Json);
    }

    public string Id { get; }

    public bool IsHidden { get; }

    /// <summary>A large one is parsed on each access.</summary>
    public ThreadItem Item => _item ?? JsonSerializer.Deserialize(Json!, ChatKitJson.Wire.ThreadItem)!;

    public Replay? Replay { get; }

    /// <summary>The item as it is sent, when it is large.</summary>
    public byte[]? Json { get; }

    /// <summary>Length of the item's JSON, in bytes.</summary>
    public int Size { get; }

    /// <summary>Its memory in bytes; a character of text takes two.</summary>
    public long Weight => Overhead + (Json is null ? 2 * Size : Size) + (Replay?.Weight ?? 0);

    public StoredItem With(Replay? replay) => new(this, replay);
}

/// <summary>What the model needs back with an item; never sent to the page.</summary>
internal sealed record Replay
{
    /// <summary>Of an assistant message.</summary>
    public string? Phase { get; init; }

    /// <summary>Encrypted reasoning items that led to the item, oldest first.</summary>
    public IReadOnlyList<ReasoningReplay> Reasoning { get; init; } = [];

    /// <summary>Provider-specific members of a client tool's call.</summary>
    public CallExtras? Extras { get; init; }

    /// <summary>Tools that ran in the extension host while a workflow was shown, in the order of the calls.</summary>
    public IReadOnlyList<ToolReplay> Tools { get; init; } = [];

    /// <summary>Its memory in bytes.</summary>
    [JsonIgnore]
    public long Weight => Of(Reasoning) + (Extras?.Json.Length ?? 0) + Tools.Sum(static tool =>
        (2L * (tool.Arguments.Length + tool.Output.Length)) + Of(tool.Reasoning) + (tool.Extras?.Json.Length ?? 0));

    private static long Of(IReadOnlyList<ReasoningReplay> reasoning) => reasoning.Sum(static one => (long)one.Json.Length);
}

/// <param name="Origin">The provider, key and model it came from.</param>
internal sealed record ReasoningReplay(byte[] Json, string Origin);

/// <param name="Reasoning">The reasoning items before this call.</param>
internal sealed record ToolReplay(
    string CallId, string Name, string Arguments, string Output, IReadOnlyList<ReasoningReplay> Reasoning, CallExtras? Extras = null);
