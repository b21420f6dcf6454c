using AotSidecar.Providers.Failures;

namespace AotSidecar.Providers.Transport;

/// <summary>Says what kept a request from getting its reply.</summary>
internal static class TransportFailures
{
    public static UpstreamFailure From(HttpRequestException error) => error.HttpRequestError switch
    {
        HttpRequestError.SecureConnectionError => UpstreamFailures.TlsError,
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => UpstreamFailures.BadResponse,
        _ => UpstreamFailures.Unreachable,
    };
}
