using System.Security.Cryptography;
using System.Text;
using AotSidecar.Crypto;

namespace AotSidecar.Secrets;

/// <summary>
/// The 256-bit secret the host made for this launch: its bytes are the key of the bridge's proofs, and its digest is
/// compared with the host's credentials.
/// </summary>
internal sealed class LaunchSecret
{
    /// <summary>32 bytes in base64url without padding.</summary>
    public const int MinLength = 43;

    private byte[]? _digest;
    private byte[] _key = [];

    /// <summary>The UTF-8 bytes of the secret, once the launch line has arrived.</summary>
    public ReadOnlySpan<byte> Key => _key;

    public void Set(string secret)
    {
        _key = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(secret), pinned: true);
        Encoding.UTF8.GetBytes(secret, _key);
        Volatile.Write(ref _digest, Sha256.HashData(_key));
    }

    /// <summary>Compares digests in constant time.</summary>
    public bool Matches(ReadOnlySpan<char> candidate)
    {
        var expected = Volatile.Read(ref _digest);
        if (expected is null || candidate.Length is < MinLength or > 16 * 1024)
        {
            return false;
        }

        var utf8 = new byte[Encoding.UTF8.GetMaxByteCount(candidate.Length)];
        var count = Encoding.UTF8.GetBytes(candidate, utf8);
        Span<byte> digest = stackalloc byte[Sha256.Size];
        Sha256.HashData(utf8.AsSpan(0, count), digest);
        CryptographicOperations.ZeroMemory(utf8);
        return CryptographicOperations.FixedTimeEquals(digest, expected);
    }

    public override string ToString() => "LaunchSecret(***)";
}
