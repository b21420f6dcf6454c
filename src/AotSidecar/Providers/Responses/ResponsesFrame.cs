using System.Text.Json;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Responses;

/// <summary>The relevant members of one event, found in a single pass.</summary>
internal readonly ref struct ResponsesFrame
{
    private ResponsesFrame(ReadOnlySpan<byte> utf8)
    {
        foreach (var member in new JsonMembers(utf8))
        {
            var name = member.Name;
            var value = member.Value;
            if (name.SequenceEqual("type"u8))
            {
                Type = value;
            }
            else if (name.SequenceEqual("delta"u8))
            {
                Delta = value.AsText;
            }
            else if (name.SequenceEqual("output_index"u8))
            {
                OutputIndex = value.Integer;
            }
            else if (name.SequenceEqual("content_index"u8) || name.SequenceEqual("summary_index"u8))
            {
                PartIndex = value.Integer ?? 0;
            }
            else if (name.SequenceEqual("sequence_number"u8))
            {
                Sequence = value;
            }
            else if (name.SequenceEqual("obfuscation"u8))
            {
                Padding = value;
            }
            else if (name.SequenceEqual("item"u8) || name.SequenceEqual("response"u8)
                || name.SequenceEqual("part"u8) || name.SequenceEqual("annotation"u8))
            {
                Body = value;
            }
            else if (name.SequenceEqual("text"u8) || name.SequenceEqual("refusal"u8)
                || name.SequenceEqual("arguments"u8) || name.SequenceEqual("input"u8)
                || name.SequenceEqual("partial_image_b64"u8))
            {
                Full = value;
            }
            else if (name.SequenceEqual("error"u8))
            {
                Error = value;
            }
        }
    }

    public JsonValue Type { get; }

    public JsonValue Delta { get; }

    public int? OutputIndex { get; }

    public int PartIndex { get; }

    public JsonValue Sequence { get; }

    /// <summary>Random padding against traffic analysis.</summary>
    public JsonValue Padding { get; }

    /// <summary>The item, response, part or annotation; an event has one of them.</summary>
    public JsonValue Body { get; }

    /// <summary>The complete value of a <c>done</c> event, or an image.</summary>
    public JsonValue Full { get; }

    public JsonValue Error { get; }

    public static bool TryRead(ReadOnlySpan<byte> utf8, out ResponsesFrame frame)
    {
        try
        {
            frame = new ResponsesFrame(utf8);
            return true;
        }
        catch (JsonException)
        {
            frame = default;
            return false;
        }
    }
}
