namespace AotSidecar.CommandLine;

/// <summary>Turns a Windows pipe path as Node.js writes it into the bare name that .NET expects.</summary>
internal static class WindowsPipeName
{
    private static readonly string[] Places = [@"\\.\pipe\", @"\\?\pipe\"];

    /// <summary>
    /// Null if it is no local pipe's name. Backslashes and slashes are refused: they could name another machine's pipe
    /// or leave the pipe namespace.
    /// </summary>
    public static string? Parse(string value)
    {
        var place = Array.Find(Places, place => value.StartsWith(place, StringComparison.OrdinalIgnoreCase));
        var name = value[(place?.Length ?? 0)..];
        return name.Length is > 0 and <= 256 && name.AsSpan().IndexOfAny('\\', '/') < 0 && name is not ("." or "..") ? name : null;
    }
}
