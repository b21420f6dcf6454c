namespace AotSidecar.CommandLine;

/// <summary>A pipe as a host on Windows names it, and as .NET wants it: without the place that all pipes are in.</summary>
internal static class WindowsPipeName
{
    private static readonly string[] Places = [@"\\.\pipe\", @"\\?\pipe\"];

    /// <summary>
    /// Null when it is no pipe's name. A name has no backslash: with one it would be another machine's pipe or a way out of
    /// the place, and with a slash too, because .NET reads it as a path.
    /// </summary>
    public static string? Parse(string value)
    {
        var place = Array.Find(Places, place => value.StartsWith(place, StringComparison.OrdinalIgnoreCase));
        var name = value[(place?.Length ?? 0)..];
        return name.Length is > 0 and <= 256 && name.AsSpan().IndexOfAny('\\', '/') < 0 && name is not ("." or "..") ? name : null;
    }
}
