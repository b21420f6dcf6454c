using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.ChatCompletions;

/// <summary>A call that is being assembled.</summary>
internal sealed class AssembledCall(int limit)
{
    /// <summary>Known providers send one.</summary>
    private const int MaxExtras = 16;

    private Dictionary<string, string>? _extras;

    public string? WireId { get; private set; }

    public string? Name { get; private set; }

    public CallArguments Arguments { get; } = new(limit);

    /// <summary>A JSON object of provider-specific members, or null.</summary>
    public byte[]? Extras => _extras is null
        ? null
        : Encoding.UTF8.GetBytes("{" + string.Join(",", _extras.Select(pair => $"\"{pair.Key}\":{pair.Value}")) + "}");

    /// <summary>Whether a piece with this name begins another call.</summary>
    public bool IsAnother(string? name) => name is not null && Name is not null && name != Name && Arguments.IsWhole;

    /// <summary>Adds a member to <see cref="Extras"/>.</summary>
    /// <param name="json">Its value.</param>
    public void Keep(string name, string json)
    {
        _extras ??= new(StringComparer.Ordinal);
        if (_extras.ContainsKey(name) || (_extras.Count < MaxExtras && json.Length <= limit))
        {
            _extras[name] = json;
        }
    }

    /// <param name="whole">The piece is the complete call.</param>
    public void Merge(JsonValue piece, string? id, string? name, JsonValue arguments, bool whole)
    {
        WireId ??= id;
        Name = name ?? Name;
        if (whole)
        {
            Arguments.Restate(arguments);
        }
        else
        {
            Arguments.Append(arguments);
        }

        foreach (var member in piece.Members)
        {
            var known = member.Name.SequenceEqual("id"u8) || member.Name.SequenceEqual("index"u8)
                || member.Name.SequenceEqual("type"u8) || member.Name.SequenceEqual("function"u8);
            if (!known && member.Value.IsPresent)
            {
                Keep(Encoding.UTF8.GetString(member.Name), Encoding.UTF8.GetString(member.Value.Raw));
            }
        }
    }
}
