using System.Text.Json.Nodes;

namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>A whole stream.</summary>
internal sealed record Transcript(IReadOnlyList<JsonNode> Events, string Raw)
{
    public string[] Types => [.. Events.Select(one => (string)one["type"]!)];

    /// <summary>Types, with the item's or the update's type behind a colon.</summary>
    public string[] Outline => [.. Events.Select(one => (one["item"] ?? one["update"]) is { } part
        ? $"{(string)one["type"]!}:{(string)part["type"]!}"
        : (string)one["type"]!)];

    public JsonNode First => Events[0];

    public JsonNode Last => Events[^1];

    public string ThreadId => (string)Events.First(one => (string?)one["type"] == "thread.created")["thread"]!["id"]!;

    public string Deltas => string.Concat(Events
        .Where(one => (string?)one["update"]?["type"] == "assistant_message.content_part.text_delta")
        .Select(one => (string?)one["update"]!["delta"]));

    public JsonNode? Error => Events.SingleOrDefault(one => (string?)one["type"] == "error");

    public string? Reason => (string?)Error?["reason"];

    public IEnumerable<JsonNode> Items(string eventType, string? itemType = null) => Events
        .Where(one => (string?)one["type"] == eventType && (itemType is null || (string?)one["item"]!["type"] == itemType))
        .Select(one => one["item"]!);

    public JsonNode Item(string itemType) => Assert.Single(Items("thread.item.done", itemType));

    public IEnumerable<JsonNode> Updates(string updateType) =>
        Events.Select(one => one["update"]).OfType<JsonNode>().Where(update => (string?)update["type"] == updateType);
}
