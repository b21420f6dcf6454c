using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace AotSidecar.NativeTests.Harness;

/// <summary>The host's half of the identity proof, written from docs/contract.md and not from the product.</summary>
internal static class BridgeProof
{
    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string ForHost(string secret, string sidecarNonce, string hostNonce) =>
        Sign(secret, $"aotsidecar/1 host {sidecarNonce} {hostNonce}");

    public static string ForSidecar(string secret, string sidecarNonce, string hostNonce) =>
        Sign(secret, $"aotsidecar/1 sidecar {hostNonce} {sidecarNonce}");

    private static string Sign(string secret, string text) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));
}
