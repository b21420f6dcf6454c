using System.Security.Cryptography;
using System.Text;

namespace AotSidecar.Secrets;

/// <summary>
/// A provider's API key. Only <see cref="Reveal"/> returns it, and its bytes are zeroed when its session ends.
/// </summary>
/// <remarks>
/// Zeroing is best effort: the HTTP client needs a string for each request, and that copy lives until it is collected.
/// </remarks>
internal sealed class ApiKey
{
    /// <summary>Azure AD tokens used as keys are about 2 KiB; nothing legitimate is longer than this.</summary>
    public const int MaxLength = 4096;

    private readonly byte[] _utf8;

    private ApiKey(byte[] utf8) => _utf8 = utf8;

    /// <summary>
    /// Takes off the line end that comes with a key read from a file or pasted. Accepts 1 to <see cref="MaxLength"/>
    /// printable ASCII characters without blanks: what may stand in an HTTP header.
    /// </summary>
    public static ApiKey? TryCreate(string? text)
    {
        text = text?.Trim();
        if (text is not { Length: > 0 and <= MaxLength } || text.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return null;
        }

        var pinned = GC.AllocateUninitializedArray<byte>(text.Length, pinned: true);
        Encoding.ASCII.GetBytes(text, pinned);
        return new ApiKey(pinned);
    }

    public string Reveal() => Encoding.ASCII.GetString(_utf8);

    public void Zero() => CryptographicOperations.ZeroMemory(_utf8);

    public override string ToString() => "ApiKey(***)";
}
