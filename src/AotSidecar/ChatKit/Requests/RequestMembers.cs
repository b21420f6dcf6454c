using System.Text.Json;
using AotSidecar.Failures;

namespace AotSidecar.ChatKit.Requests;

/// <summary>An object in a request with its path, so that every error names its member.</summary>
internal readonly struct RequestMembers(JsonElement element, string path)
{
    public JsonElement Element => element;

    /// <exception cref="FailureException">Not an object.</exception>
    public static RequestMembers Of(JsonElement element, string path) =>
        element.ValueKind == JsonValueKind.Object ? new RequestMembers(element, path) : throw WrongType(path, "an object");

    public bool Has(string name) => element.TryGetProperty(name, out _);

    /// <summary>Present and not null.</summary>
    public JsonElement? Optional(string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public JsonElement Required(string name) =>
        element.TryGetProperty(name, out var value) ? value : throw Missing(Path(name));

    public RequestMembers Object(string name) => Of(Required(name), Path(name));

    public RequestMembers? OptionalObject(string name) => Optional(name) is { } value ? Of(value, Path(name)) : null;

    /// <summary>Empty when it is absent or null.</summary>
    public JsonElement.ArrayEnumerator OptionalArray(string name, int max) => Optional(name) is null ? default : Array(name, max);

    public JsonElement.ArrayEnumerator Array(string name, int max)
    {
        var value = Required(name);
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw WrongType(Path(name), "a list");
        }

        return value.GetArrayLength() <= max
            ? value.EnumerateArray()
            : throw new FailureException(new Failure(400, "too_many_items", $"{Path(name)} has more than {max} elements", Param: Path(name)));
    }

    public string String(string name, int maxLength = int.MaxValue) => Text(Required(name), Path(name), maxLength);

    public string? OptionalString(string name, int maxLength = int.MaxValue) =>
        Optional(name) is { } value ? Text(value, Path(name), maxLength) : null;

    /// <summary>An id: 1 to <see cref="Threads.ItemIds.MaxLength"/> characters without control characters.</summary>
    public string Id(string name)
    {
        var id = String(name);
        return id.Length is > 0 and <= Threads.ItemIds.MaxLength && !id.Any(char.IsControl)
            ? id
            : throw Invalid(Path(name), $"an id of 1 to {Threads.ItemIds.MaxLength} characters");
    }

    public bool Boolean(string name, bool otherwise) => Optional(name) is not { } value ? otherwise
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw WrongType(Path(name), "true or false");

    public string Choice(string name, string? otherwise, params ReadOnlySpan<string> choices)
    {
        var value = otherwise is null ? String(name) : OptionalString(name) ?? otherwise;
        return choices.Contains(value) ? value : throw Invalid(Path(name), $"one of {string.Join(", ", choices)}");
    }

    public string Path(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public static string Text(JsonElement value, string path, int maxLength = int.MaxValue)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw WrongType(path, "a string");
        }

        try
        {
            var text = value.GetString()!;
            return text.Length <= maxLength
                ? text
                : throw new FailureException(new Failure(400, "text_too_long", $"{path} is longer than {maxLength} characters", Param: path));
        }
        catch (InvalidOperationException)
        {
            throw Invalid(path, "valid Unicode text");
        }
    }

    public static FailureException Missing(string path) =>
        new(Failure.Missing(path));

    public static FailureException WrongType(string path, string expected) =>
        new(Failure.WrongType(path, expected));

    public static FailureException Invalid(string path, string expected) =>
        new(Failure.Invalid(path, expected));
}
