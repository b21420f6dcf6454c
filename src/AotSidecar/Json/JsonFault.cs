namespace AotSidecar.Json;

/// <summary>What is wrong with a JSON document, and where.</summary>
/// <param name="Path">The member, such as <c>client_tools[0].name</c>; null for the document as a whole.</param>
internal sealed record JsonFault(JsonFaultKind Kind, string? Path)
{
    /// <summary>Bounds what is echoed of a name that the sender made up.</summary>
    private const int MaxPathLength = 64;

    public static JsonFault Malformed { get; } = new(JsonFaultKind.Malformed, Path: null);

    public static JsonFault NotAnObject { get; } = new(JsonFaultKind.NotAnObject, Path: null);

    /// <summary>The code of the error body.</summary>
    public string Code => Kind switch
    {
        JsonFaultKind.Malformed or JsonFaultKind.NotAnObject => "invalid_json",
        JsonFaultKind.Missing => "missing_field",
        JsonFaultKind.Unknown => "unknown_field",
        _ => "invalid_field",
    };

    public string Message => Kind switch
    {
        JsonFaultKind.Malformed => "this is not one valid JSON object",
        JsonFaultKind.NotAnObject => "this must be a JSON object",
        JsonFaultKind.Missing => $"{Path} is required",
        JsonFaultKind.Unknown => $"{Path} is not a member of this request",
        _ => $"{Path} has the wrong type or is not valid text",
    };

    public static JsonFault Unknown(string path) =>
        new(JsonFaultKind.Unknown, path.Length <= MaxPathLength ? path : path[..MaxPathLength]);
}

internal enum JsonFaultKind
{
    /// <summary>Not JSON, too deep, or a member given twice where that is refused.</summary>
    Malformed,

    /// <summary>JSON, but null, a list, or a plain value.</summary>
    NotAnObject,

    /// <summary>A required member is absent.</summary>
    Missing,

    /// <summary>A member that the record does not have, where those are refused.</summary>
    Unknown,

    /// <summary>A member of the wrong type, null, out of its type's range, or text with a lone surrogate.</summary>
    Invalid,
}
