using System.Buffers.Text;
using System.Security.Cryptography;
using AotSidecar.Crypto;

namespace AotSidecar.Sessions;

/// <summary>
/// The ephemeral token (<c>client_secret</c>): <c>ck_</c> and 32 random bytes in base64url. Only its SHA-256 is ever
/// kept.
/// </summary>
internal static class SessionToken
{
    public const int Length = 46;

    private const string Prefix = "ck_";
    private const int RandomBytes = 32;

    public static string Create() => Prefix + SystemRandom.GetBase64Url(RandomBytes);

    /// <summary>False for what cannot be a token; an oversized guess is refused before anything is hashed.</summary>
    /// <param name="digest">32 bytes.</param>
    public static bool TryDigest(ReadOnlySpan<char> token, Span<byte> digest)
    {
        Span<byte> ascii = stackalloc byte[Length];
        if (token.Length != Length || !token.StartsWith(Prefix, StringComparison.Ordinal)
            || !System.Text.Ascii.IsValid(token) || !Base64Url.IsValid(token[Prefix.Length..], out var decoded)
            || decoded != RandomBytes)
        {
            return false;
        }

        for (var i = 0; i < Length; i++)
        {
            ascii[i] = (byte)token[i];
        }

        Sha256.HashData(ascii, digest);
        CryptographicOperations.ZeroMemory(ascii);
        return true;
    }
}
