namespace AotSidecar.Http;

/// <summary>
/// The syntax of origins (RFC 6454, serialised) and Host values. Compared exactly, because browsers send origins in one
/// form only.
/// </summary>
internal static class Origins
{
    /// <summary>Longer than any real origin; a VS Code webview's has 68 characters.</summary>
    private const int MaxLength = 512;

    /// <summary><c>scheme://host[:port]</c> without path, in the form a browser sends.</summary>
    public static bool IsExact(string value)
    {
        var at = SchemeEnd(value);
        if (at < 0 || value.Length > MaxLength)
        {
            return false;
        }

        var rest = value.AsSpan(at + 3);
        return rest.Length > 0 && !rest.ContainsAny("/?#@*\\ ") && !rest.ContainsAnyExceptInRange('!', '~');
    }

    /// <summary>An exact origin, or <c>scheme://*</c> for every host of a scheme.</summary>
    public static bool IsPattern(string value) =>
        IsExact(value) || (SchemeEnd(value) is > 0 and var at && value.AsSpan(at + 3) is "*");

    /// <summary>A Host value: name or address with an optional port.</summary>
    public static bool IsHost(string value) =>
        value.Length is > 0 and <= MaxLength && !value.AsSpan().ContainsAny("/?#@*\\ ")
        && !value.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static int SchemeEnd(string value)
    {
        var at = value.IndexOf("://", StringComparison.Ordinal);
        return at > 0 && char.IsAsciiLetter(value[0])
            && value.AsSpan(0, at).IndexOfAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789+-.") < 0
            ? at
            : -1;
    }
}
