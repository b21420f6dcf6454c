using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AotSidecar.Crypto;

namespace AotSidecar.Bridge;

/// <summary>
/// Proves to each end of the pipe that the other knows the launch secret, without sending it: HMAC-SHA-256 keyed with
/// the secret's UTF-8 bytes over a label and both nonces. The labels differ, so neither side can send the other's proof
/// back.
/// </summary>
internal static class IdentityProof
{
    private const int NonceBytes = 32;

    public static string CreateNonce() => SystemRandom.GetBase64Url(NonceBytes);

    public static bool IsNonce(string? text) =>
        text is not null && Base64Url.IsValid(text, out var bytes) && bytes == NonceBytes;

    public static string OfHost(ReadOnlySpan<byte> secret, string sidecarNonce, string hostNonce) =>
        Prove(secret, $"aotsidecar/1 host {sidecarNonce} {hostNonce}");

    public static string OfSidecar(ReadOnlySpan<byte> secret, string hostNonce, string sidecarNonce) =>
        Prove(secret, $"aotsidecar/1 sidecar {hostNonce} {sidecarNonce}");

    public static bool Equal(string expected, string? given) =>
        given is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));

    private static string Prove(ReadOnlySpan<byte> secret, string text)
    {
        Span<byte> mac = stackalloc byte[Sha256.Size];
        Sha256.Hmac(secret, Encoding.UTF8.GetBytes(text), mac);
        return Base64Url.EncodeToString(mac);
    }
}
