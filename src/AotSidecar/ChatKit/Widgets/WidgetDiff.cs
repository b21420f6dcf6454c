using System.Text.Json;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Widgets;

/// <summary>
/// The difference between two states of a widget as updates (docs/chatkit.md#widgets): text that only grew in nodes
/// with an id becomes value deltas in document order, anything else one update of the whole root.
/// </summary>
internal static class WidgetDiff
{
    public static IReadOnlyList<ItemUpdate> Between(JsonElement before, JsonElement after)
    {
        var deltas = new List<ItemUpdate>();
        return Same(before, after, deltas) ? deltas : [new WidgetRootUpdated(after)];
    }

    /// <summary>Whether two nodes differ only in text that grew; adds the deltas to the list.</summary>
    private static bool Same(JsonElement before, JsonElement after, List<ItemUpdate> deltas)
    {
        if (before.ValueKind != after.ValueKind)
        {
            return false;
        }

        return after.ValueKind switch
        {
            JsonValueKind.Object => SameObject(before, after, deltas),
            JsonValueKind.Array => before.GetArrayLength() == after.GetArrayLength()
                && before.EnumerateArray().Zip(after.EnumerateArray()).All(pair => Same(pair.First, pair.Second, deltas)),
            _ => JsonElement.DeepEquals(before, after),
        };
    }

    private static bool SameObject(JsonElement before, JsonElement after, List<ItemUpdate> deltas)
    {
        if (before.GetPropertyCount() != after.GetPropertyCount())
        {
            return false;
        }

        foreach (var member in after.EnumerateObject())
        {
            if (!before.TryGetProperty(member.Name, out var old))
            {
                return false;
            }

            if (member.Name == "value" && IsText(after) && old.ValueKind == JsonValueKind.String && member.Value.ValueKind == JsonValueKind.String)
            {
                if (!Grew(old.GetString()!, member.Value.GetString()!, after, deltas))
                {
                    return false;
                }
            }
            else if (!Same(old, member.Value, deltas))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Grew(string before, string after, JsonElement node, List<ItemUpdate> deltas)
    {
        if (!after.StartsWith(before, StringComparison.Ordinal))
        {
            return false;
        }

        // A node without an id cannot be addressed; its text arrives with the final state.
        if (after.Length > before.Length && Text(node, "id") is { } id)
        {
            var streaming = node.TryGetProperty("streaming", out var flag) && flag.ValueKind == JsonValueKind.True;
            deltas.Add(new WidgetTextDelta(id, after[before.Length..], Done: !streaming));
        }

        return true;
    }

    private static bool IsText(JsonElement node) => Text(node, "type") is "Text" or "Markdown";

    private static string? Text(JsonElement node, string name) =>
        node.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
