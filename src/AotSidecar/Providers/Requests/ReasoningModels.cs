namespace AotSidecar.Providers.Requests;

/// <summary>
/// Recognises reasoning models by name, the only way there is: the o-series and GPT-5 onward, but not its chat
/// variants. Other models get no reasoning settings, because most refuse them.
/// </summary>
internal static class ReasoningModels
{
    public static bool Match(string model) => IsOSeries(model) || IsRecentGpt(model);

    private static bool IsOSeries(ReadOnlySpan<char> model)
    {
        if (!model.StartsWith('o'))
        {
            return false;
        }

        var rest = model[1..].TrimStart("0123456789");
        return rest.Length < model.Length - 1 && (rest.IsEmpty || rest[0] == '-');
    }

    private static bool IsRecentGpt(ReadOnlySpan<char> model)
    {
        if (!model.StartsWith("gpt-"))
        {
            return false;
        }

        var version = model[4..];
        var digits = version.IndexOfAnyExceptInRange('0', '9');
        var major = digits < 0 ? version : version[..digits];
        if (!int.TryParse(major, out var number) || number < 5)
        {
            return false;
        }

        var rest = version[major.Length..];
        if (rest.StartsWith('.'))
        {
            var minor = rest[1..].TrimStart("0123456789");
            if (minor.Length == rest.Length - 1)
            {
                return false;
            }

            rest = minor;
        }

        return rest.IsEmpty || (rest[0] == '-' && rest.Length > 1 && !rest.Contains("chat", StringComparison.Ordinal));
    }
}
