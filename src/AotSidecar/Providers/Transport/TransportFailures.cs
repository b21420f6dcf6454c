using System.Net;
using AotSidecar.Providers.Failures;

namespace AotSidecar.Providers.Transport;

/// <summary>Maps a failed request to a failure.</summary>
internal static class TransportFailures
{
    public static UpstreamFailure From(HttpRequestException error) => error.HttpRequestError switch
    {
        HttpRequestError.ProxyTunnelError when error.StatusCode == HttpStatusCode.ProxyAuthenticationRequired =>
            UpstreamFailures.ProxyNeedsCredentials,

        // the text, and the name of the resource that stands for it in the published executable
        HttpRequestError.SecureConnectionError when Says(error, "frame") => UpstreamFailures.NoTls,
        HttpRequestError.SecureConnectionError => UpstreamFailures.TlsError,

        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => UpstreamFailures.BadResponse,
        _ => UpstreamFailures.Unreachable,
    };

    private static bool Says(Exception? error, string word)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error.Message.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
