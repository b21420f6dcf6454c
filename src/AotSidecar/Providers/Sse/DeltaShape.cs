using System.Text.Json;

namespace AotSidecar.Providers.Sse;

/// <summary>
/// Reads text deltas by comparing them with an earlier one. Deltas are by far the most frequent events: a few new
/// characters in about 300 bytes that are otherwise identical. Parsing them took a quarter of a delta's processor time;
/// comparing takes next to none.
///
/// A parsed delta gives the shape: the bytes around at most three values (text, padding, number). A frame fits if those
/// bytes are equal and the values have the same kinds; parsing it would then give exactly this text and number. A frame
/// that does not fit is parsed.
/// </summary>
internal sealed class DeltaShape
{
    /// <summary>Give up after so many shapes without a fit: this server changes something in every frame.</summary>
    private const int MaxFutile = 8;

    /// <summary>Enough digits for any sequence number, and far from overflow.</summary>
    private const int MaxDigits = 15;

    private Hole[] _holes = [];
    private byte[] _frame = [];
    private int _futile;

    /// <summary>Reads a frame of the learned shape.</summary>
    public bool TryRead(ReadOnlySpan<byte> frame, out JsonValue text, out long number)
    {
        text = default;
        number = 0;
        if (_holes.Length == 0)
        {
            return false;
        }

        var at = 0;
        var learned = 0;
        foreach (var hole in _holes)
        {
            if (!Skip(frame, ref at, _frame.AsSpan(learned..hole.Start)))
            {
                return false;
            }

            learned = hole.End;
            switch (hole.Kind)
            {
                case HoleKind.Number when TryTakeDigits(frame, ref at, out number):
                    break;
                case HoleKind.Text when TryTakeCharacters(frame, ref at, out text):
                    break;
                case HoleKind.Padding when TryTakeCharacters(frame, ref at, out _):
                    break;
                default:
                    return false;
            }
        }

        if (!Skip(frame, ref at, _frame.AsSpan(learned)) || at < frame.Length)
        {
            return false;
        }

        _futile = 0;
        return true;
    }

    /// <summary>Learns the shape of a frame that has just been parsed.</summary>
    /// <param name="text">Its text, a string that lies in the frame.</param>
    /// <param name="padding">Another string whose content does not matter, or nothing.</param>
    /// <param name="number">A number in digits, or nothing.</param>
    public void Learn(ReadOnlySpan<byte> frame, JsonValue text, JsonValue padding, JsonValue number)
    {
        _holes = [];
        if (_futile++ > MaxFutile)
        {
            return;
        }

        var holes = new List<Hole>();
        if (TryAdd(frame, text, JsonTokenType.String, HoleKind.Text, holes)
            && (!padding.IsPresent || TryAdd(frame, padding, JsonTokenType.String, HoleKind.Padding, holes))
            && (!number.IsPresent || TryAdd(frame, number, JsonTokenType.Number, HoleKind.Number, holes)))
        {
            _holes = [.. holes.OrderBy(static hole => hole.Start)];
            _frame = frame.ToArray();
        }
    }

    private static bool TryAdd(ReadOnlySpan<byte> frame, JsonValue value, JsonTokenType wanted, HoleKind kind, List<Hole> holes)
    {
        if (value.Kind != wanted || !frame.Overlaps(value.Raw, out var start)
            || (value.Kind == JsonTokenType.Number && value.Raw.ContainsAnyExceptInRange((byte)'0', (byte)'9')))
        {
            return false;
        }

        // A string's quotes belong to the shape.
        var quote = value.IsString ? 1 : 0;
        holes.Add(new Hole(start + quote, start + value.Raw.Length - quote, kind));
        return true;
    }

    private static bool Skip(ReadOnlySpan<byte> frame, scoped ref int at, ReadOnlySpan<byte> same)
    {
        var fits = frame[at..].StartsWith(same);
        at += same.Length;
        return fits;
    }

    private static bool TryTakeDigits(ReadOnlySpan<byte> frame, scoped ref int at, out long number)
    {
        number = 0;
        var start = at;
        for (; at < frame.Length && frame[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            number = (number * 10) + frame[at] - '0';
            if (at - start == MaxDigits)
            {
                return false;
            }
        }

        return at > start;
    }

    /// <summary>Reads up to the closing quote; the opening one has been skipped.</summary>
    private static bool TryTakeCharacters(ReadOnlySpan<byte> frame, scoped ref int at, out JsonValue value)
    {
        var start = at;
        var escaped = false;
        while (frame[at..].IndexOfAny((byte)'"', (byte)'\\') is >= 0 and var length)
        {
            at += length;
            if (frame[at] == '"')
            {
                value = new JsonValue(frame[(start - 1)..(at + 1)], JsonTokenType.String, escaped);
                return true;
            }

            escaped = true;
            at += 2;
            if (at > frame.Length)
            {
                break;
            }
        }

        value = default;
        return false;
    }

    private enum HoleKind
    {
        Text,
        Padding,
        Number,
    }

    private readonly record struct Hole(int Start, int End, HoleKind Kind);
}
