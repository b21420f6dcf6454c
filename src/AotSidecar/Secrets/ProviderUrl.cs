using System.Buffers;
using System.Net;

namespace AotSidecar.Secrets;

/// <summary>
/// A provider's base URL must be https, or http on a loopback address, so that keys never cross a network unencrypted.
/// </summary>
internal static class ProviderUrl
{
    private const string Version = "?api-version=";

    private static readonly SearchValues<char> VersionCharacters =
        SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-");

    /// <summary>
    /// Refuses user information, a query other than Azure's <c>api-version</c>, a fragment, and any scheme but http and
    /// https.
    /// </summary>
    public static Uri? TryParse(string? text)
    {
        if (text is not { Length: > 0 and <= 2048 } || !Uri.TryCreate(text, UriKind.Absolute, out var url))
        {
            return null;
        }

        var clean = url is { UserInfo: "", Fragment: "", Host.Length: > 0 } && (url.Query.Length == 0 || IsVersion(url.Query));
        return clean && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && IsLoopback(url)))
            ? url
            : null;
    }

    private static bool IsVersion(string query) =>
        query.StartsWith(Version, StringComparison.Ordinal)
        && query.AsSpan(Version.Length).IndexOfAnyExcept(VersionCharacters) < 0;

    private static bool IsLoopback(Uri url) =>
        url.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
