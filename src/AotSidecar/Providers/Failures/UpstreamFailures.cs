using System.Globalization;

namespace AotSidecar.Providers.Failures;

/// <summary>All failures of providers: codes, messages and statuses, in our own words.</summary>
internal static class UpstreamFailures
{
    public static UpstreamFailure AuthFailed { get; } = new(
        FailureCategory.Auth,
        "upstream_auth_failed",
        "the provider does not accept this API key; check that it is current and belongs to the right project",
        Retryable: false,
        502);

    public static UpstreamFailure QuotaExceeded { get; } = new(
        FailureCategory.Quota,
        "upstream_quota_exceeded",
        "the provider says this key has no quota left; check its plan and billing",
        Retryable: false,
        429);

    public static UpstreamFailure RateLimited { get; } = new(
        FailureCategory.Rate,
        "upstream_rate_limited",
        "the provider is receiving too many requests with this key; wait a moment and try again",
        Retryable: true,
        429);

    /// <summary>Waiting does not help: this one request exceeds the limit for a minute.</summary>
    public static UpstreamFailure RequestOverLimit { get; } = RateLimited with
    {
        Message = "this conversation is larger than the provider lets this key send in a minute; start a new one",
        Retryable = false,
    };

    public static UpstreamFailure Overloaded { get; } = new(
        FailureCategory.Overloaded,
        "upstream_error",
        "the provider is overloaded; try again in a while",
        Retryable: true,
        502);

    public static UpstreamFailure ContextTooLong { get; } = new(
        FailureCategory.Context,
        "upstream_context_too_long",
        "the conversation has become too long for this model; start a new one or choose a model with a larger context",
        Retryable: false,
        400);

    public static UpstreamFailure ContentPolicy { get; } = new(
        FailureCategory.Policy,
        "upstream_content_policy",
        "the provider's content policy refuses this request; rephrase it",
        Retryable: false,
        400);

    public static UpstreamFailure InvalidRequest { get; } = new(
        FailureCategory.BadRequest,
        "upstream_invalid_request",
        "the provider does not accept this request; the model may not support something it asks for",
        Retryable: false,
        400);

    public static UpstreamFailure RequestTooLarge { get; } = InvalidRequest with
    {
        Message = "this message with its files is larger than the provider accepts; leave something out",
    };

    public static UpstreamFailure Rejected { get; } = new(
        FailureCategory.NotFound,
        "upstream_rejected",
        "the provider refuses this model or address; check the model's name and that the key may use it",
        Retryable: false,
        502);

    /// <summary>Adds the provider's status, which distinguishes a forbidden model from an unknown one.</summary>
    public static UpstreamFailure RejectedWith(int? status) => status is { } number
        ? Rejected with { Message = string.Create(CultureInfo.InvariantCulture, $"{Rejected.Message} (status {number})") }
        : Rejected;

    public static UpstreamFailure WrongAddress { get; } = Rejected with
    {
        Message = "the provider does not know this address; check the base URL, which usually ends in /v1 and not in an "
            + "endpoint's name, and --upstream-api: many providers speak only chat-completions",
    };

    /// <summary>A web page of a firewall or proxy instead of a provider's answer.</summary>
    public static UpstreamFailure Blocked { get; } = Rejected with
    {
        Message = "something before the provider refuses the request (status 403); check the network, the proxy and whether "
            + "the provider serves this region",
    };

    public static UpstreamFailure TranscriptionUnsupported { get; } = Rejected with
    {
        Message = "transcription is not supported by this provider",
    };

    public static UpstreamFailure ServerError { get; } = new(
        FailureCategory.Server,
        "upstream_error",
        "the provider had an internal error; try again",
        Retryable: true,
        502);

    public static UpstreamFailure Unreachable { get; } = new(
        FailureCategory.Network,
        "upstream_unreachable",
        "the provider cannot be reached; check the network, the base URL and the proxy",
        Retryable: true,
        502);

    public static UpstreamFailure TlsError { get; } = new(
        FailureCategory.Network,
        "upstream_tls_error",
        "the provider's certificate is not trusted; if a company proxy replaces it, pass its certificate with --ca-file",
        Retryable: false,
        502);

    /// <summary>The other side does not speak TLS.</summary>
    public static UpstreamFailure NoTls { get; } = TlsError with
    {
        Message = "what answers at the base URL does not speak TLS; check the port, or use http:// if it is on this machine",
    };

    public static UpstreamFailure NeedsTls { get; } = TlsError with
    {
        Message = "what answers at the base URL speaks TLS; use https://",
    };

    /// <param name="fault">What is wrong with this machine's TLS library, and the mend.</param>
    public static UpstreamFailure TlsLibraryUnusable(string fault) => TlsError with { Message = fault };

    public static UpstreamFailure ProxyNeedsCredentials { get; } = Unreachable with
    {
        Message = "the proxy asks for credentials (status 407); give it a user and a password",
        Retryable = false,
    };

    public static UpstreamFailure TimedOut { get; } = new(
        FailureCategory.Timeout,
        "upstream_timeout",
        "the provider did not answer in time; try again",
        Retryable: true,
        504);

    public static UpstreamFailure Redirected { get; } = new(
        FailureCategory.Redirect,
        "upstream_redirect",
        "the provider redirects elsewhere, which is not followed; use the final base URL",
        Retryable: false,
        502);

    public static UpstreamFailure BadResponse { get; } = new(
        FailureCategory.Protocol,
        "upstream_bad_response",
        "what answered is not a model provider; check the base URL and whether the network asks for a login",
        Retryable: false,
        502);

    /// <summary>
    /// The reply is compressed although we asked for none; a compressed stream would arrive in bursts.
    /// </summary>
    public static UpstreamFailure Compressed { get; } = BadResponse with
    {
        Message = "the provider, or a proxy before it, compresses its reply although it was asked not to; turn that off",
    };

    public static UpstreamFailure TooLarge { get; } = new(
        FailureCategory.TooLarge,
        "upstream_event_too_large",
        "the provider sent more at once than is accepted",
        Retryable: false,
        502);

    /// <summary>The connection ended before the answer did.</summary>
    public static UpstreamFailure Cut { get; } = new(
        FailureCategory.Network,
        "upstream_stream_broken",
        "the connection to the provider broke before the answer was complete; try again",
        Retryable: true,
        502);

    /// <summary>The reply is empty or cannot be parsed.</summary>
    public static UpstreamFailure Garbled { get; } = new(
        FailureCategory.Protocol,
        "upstream_stream_broken",
        "the provider's answer is empty or garbled; try again",
        Retryable: true,
        502);

    public static UpstreamFailure CancelledByProvider { get; } = new(
        FailureCategory.Cancelled,
        "upstream_stream_broken",
        "the provider cancelled the answer; try again",
        Retryable: true,
        502);
}
