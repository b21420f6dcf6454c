using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>
/// A reader of its own, stricter than any page: line feeds only, one <c>data</c> line of compact JSON and an empty line for
/// each event, comments as the one exception, a type in every event, and no null where a model's field stands.
/// </summary>
internal static class StrictEvents
{
    /// <summary>Free-form values of integrators and tools, in which nulls are theirs.</summary>
    private static readonly string[] FreeForm = ["arguments", "output", "data"];

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static List<JsonNode> Parse(ReadOnlySpan<byte> body)
    {
        var text = Utf8.GetString(body);
        var events = new List<JsonNode>();
        Assert.DoesNotContain('\r', text);
        Assert.DoesNotContain('\uFEFF', text);
        Assert.True(text.Length == 0 || text.EndsWith("\n\n", StringComparison.Ordinal), "the body ends inside an event");
        foreach (var frame in text.Split("\n\n", StringSplitOptions.None)[..^1])
        {
            if (frame is not ": keep-alive")
            {
                events.Add(ParseFrame(frame));
            }
        }

        return events;
    }

    public static JsonNode ParseFrame(string frame)
    {
        Assert.StartsWith("data: {", frame, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', frame);
        var json = frame["data: ".Length..];
        var parsed = JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!;
        Assert.False(string.IsNullOrEmpty((string?)parsed["type"]), $"no type in {json}");
        AssertCompact(json);
        AssertNoNulls(parsed, json);
        return parsed;
    }

    private static void AssertCompact(string json)
    {
        var inText = false;
        for (var at = 0; at < json.Length; at++)
        {
            if (json[at] == '"')
            {
                inText = !inText;
            }
            else if (inText && json[at] == '\\')
            {
                at++;
            }
            else if (!inText && char.IsWhiteSpace(json[at]))
            {
                Assert.Fail($"white space between tokens of {json}");
            }
        }
    }

    private static void AssertNoNulls(JsonNode? node, string json)
    {
        switch (node)
        {
            case null:
                Assert.Fail($"a null in {json}");
                break;
            case JsonObject members:
                foreach (var (_, value) in members.Where(member => !FreeForm.Contains(member.Key)))
                {
                    AssertNoNulls(value, json);
                }

                break;
            case JsonArray elements:
                foreach (var value in elements)
                {
                    AssertNoNulls(value, json);
                }

                break;
        }
    }
}
