using System.Text;
using System.Text.Unicode;

namespace AotSidecar.ChatKit.Attachments;

/// <summary>
/// Tells text from other files by what is in them: a browser knows few source files (<c>.cs</c> has no type, <c>.ts</c>
/// is a video), and providers take a text file only under a type of text, or not at all.
/// </summary>
internal static class TextFile
{
    /// <summary>Read as Latin-1 when they are no UTF-8; text in UTF-8 needs no name.</summary>
    private static readonly string[] Extensions =
    [
        ".txt", ".md", ".csv", ".tsv", ".log", ".ini", ".cfg", ".conf", ".properties", ".json", ".xml", ".html", ".htm", ".css",
        ".js", ".ts", ".tsx", ".jsx", ".py", ".rb", ".php", ".java", ".kt", ".c", ".h", ".cpp", ".hpp", ".cs", ".vb", ".fs",
        ".go", ".rs", ".swift", ".sql", ".sh", ".bat", ".cmd", ".ps1", ".tex", ".yaml", ".yml", ".toml", ".srt",
    ];

    /// <returns>The file as UTF-8; null for anything that is not text.</returns>
    public static ReadOnlyMemory<byte>? Read(string name, string mimeType, ReadOnlyMemory<byte> content)
    {
        var bytes = content.Span;
        if (bytes.StartsWith("%PDF-"u8) || MediaTypes.Essence(mimeType) == "application/pdf")
        {
            return null;
        }

        if (bytes.StartsWith(Encoding.Unicode.Preamble) || bytes.StartsWith(Encoding.BigEndianUnicode.Preamble))
        {
            var encoding = bytes[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode;
            return Encoding.UTF8.GetBytes(encoding.GetString(bytes[2..]));
        }

        return bytes.ContainsAnyInRange((byte)0x00, (byte)0x08) || bytes.ContainsAnyInRange((byte)0x0E, (byte)0x1A) ? null
            : Utf8.IsValid(bytes) ? content[(bytes.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0)..]
            : IsNamedText(name, mimeType) ? Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(bytes))
            : null;
    }

    /// <summary>The type to send text under.</summary>
    public static string TypeOf(string mimeType) =>
        mimeType.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || MediaTypes.Essence(mimeType) is "application/json" or "application/xml"
            ? mimeType
            : "text/plain";

    private static bool IsNamedText(string name, string mimeType) =>
        mimeType.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
        || Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
}
