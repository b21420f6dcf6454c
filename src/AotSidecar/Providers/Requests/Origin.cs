using System.Buffers.Text;
using System.Text;
using AotSidecar.Crypto;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Fingerprint of the account and model that an opaque item came from: any other refuses it. A truncated hash, only
/// good for comparison.
/// </summary>
internal static class Origin
{
    /// <summary>96 bits: no two accounts of one user collide, and the key cannot be guessed from them.</summary>
    private const int Length = 12;

    public static string Of(Provider provider, string model)
    {
        var text = string.Join(
            '\n',
            provider.Api,
            provider.BaseUrl.AbsoluteUri.TrimEnd('/'),
            provider.Organization,
            provider.Project,
            model,
            provider.Key.Reveal());
        var hash = Sha256.HashData(Encoding.UTF8.GetBytes(text));
        return Base64Url.EncodeToString(hash.AsSpan(0, Length));
    }
}
