using AotSidecar.Crypto;


namespace AotSidecar.ChatKit.Threads;

/// <summary>Ids of threads and items: a prefix that tells the kind, and 128 random bits.</summary>
internal static class ItemIds
{
    public const string Thread = "thr";
    public const string Message = "msg";
    public const string ToolCall = "tc";
    public const string Task = "tsk";
    public const string Workflow = "wf";
    public const string Attachment = "atc";
    public const string HiddenContext = "shcx";

    /// <summary>Longer than any id of ours or of a provider.</summary>
    public const int MaxLength = 256;

    private const int RandomBytes = 16;

    public static string Create(string prefix) => $"{prefix}_{SystemRandom.GetHex(RandomBytes)}";

    /// <summary>Placeholders that servers without ids send.</summary>
    private static readonly string[] Placeholders = ["fake", "placeholder", "dummy", "temp", "tmp", "unknown", "none", "null", "undefined"];

    /// <summary>
    /// Whether a provider's id has the expected prefix and is no placeholder. The caller checks that it is unique.
    /// </summary>
    public static bool IsUsable(string? id, string prefix)
    {
        if (id is null || id.Length > MaxLength || !id.StartsWith($"{prefix}_", StringComparison.Ordinal)
            || !id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            return false;
        }

        var name = id[(prefix.Length + 1)..];
        return name.Any(static c => c is not ('0' or '_' or '-'))
            && !Placeholders.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
    }
}
