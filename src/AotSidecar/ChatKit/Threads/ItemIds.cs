using System.Security.Cryptography;

namespace AotSidecar.ChatKit.Threads;

/// <summary>Ids of threads and items: a prefix that tells the kind, and 128 random bits.</summary>
internal static class ItemIds
{
    public const string Thread = "thr";
    public const string Message = "msg";
    public const string ToolCall = "tc";
    public const string Workflow = "wf";
    public const string Attachment = "atc";
    public const string HiddenContext = "shcx";

    /// <summary>Longer ids are no ids of ours or of any provider.</summary>
    public const int MaxLength = 256;

    private const int RandomHexDigits = 32;

    public static string Create(string prefix) => $"{prefix}_{RandomNumberGenerator.GetHexString(RandomHexDigits, lowercase: true)}";

    /// <summary>
    /// Whether a provider's id may name an item here: of the kind expected, long enough to be unique (placeholders and
    /// counters are not), and not of the form that the page keeps for its own.
    /// </summary>
    public static bool IsUsable(string? id, string prefix) =>
        id is not null && id.Length >= prefix.Length + 1 + MinProviderLength && id.Length <= MaxLength
        && id.StartsWith(prefix, StringComparison.Ordinal) && id[prefix.Length] == '_'
        && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
        && id.Distinct().Count() > 6;

    /// <summary>96 bits in hex.</summary>
    private const int MinProviderLength = 24;
}
