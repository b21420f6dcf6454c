using System.Globalization;

namespace AotSidecar.Providers.Failures;

/// <summary>
/// Decides what a provider's failure means. Codes come first because streams fail under status 200, then the error's
/// type, then the status; its text is a last resort for servers that give nothing else.
/// </summary>
internal static class FailureClassifier
{
    /// <param name="status">Of the reply; null inside a stream.</param>
    public static UpstreamFailure Classify(ProviderError error, int? status)
    {
        var effective = status ?? error.StatusInCode;
        return FromMeaning(error, effective) ?? FromStatus(effective, error) ?? FromType(error);
    }

    /// <summary>Some gateways drop the code and pass on only the message.</summary>
    public static bool IsStaleReasoning(ProviderError error) =>
        error.Code == "invalid_encrypted_content"
        || (error.Mentions("encrypted content") && error.Mentions("could not be"))
        || (error.Mentions("of type 'reasoning'") && error.Mentions("without its required"));

    private static UpstreamFailure? FromMeaning(ProviderError error, int? status) => (error.Code, error.Type) switch
    {
        ("insufficient_quota" or "credit_balance_exhausted" or "billing_hard_limit_reached", _) or
        ("organization_spend_limit_exceeded" or "project_spend_limit_exceeded", _) or
        ("organization_usage_limit_exceeded", _) or
        (_, "insufficient_quota") => UpstreamFailures.QuotaExceeded,

        ("context_length_exceeded", _) or (_, "exceed_context_size_error") => UpstreamFailures.ContextTooLong,

        ("rate_limit_exceeded" or "slow_down", _) or (_, "rate_limit_error") => Rate(error),
        _ when status == 429 => Rate(error),

        _ when status is null or 400 or 413 or 422 or 500 && MentionsContext(error) => UpstreamFailures.ContextTooLong,

        ("content_filter" or "content_policy_violation" or "image_content_policy_violation", _) or
        ("invalid_prompt" or "bio_policy" or "misalignment_policy_violation", _) => UpstreamFailures.ContentPolicy,

        ("invalid_api_key" or "ip_not_authorized", _) or (_, "authentication_error") => UpstreamFailures.AuthFailed,

        // Gemini and xAI report this with status 400.
        _ when error.Mentions("api key not valid") || error.Mentions("incorrect api key") || error.Mentions("invalid api key") =>
            UpstreamFailures.AuthFailed,

        _ when status is 400 or 403 or 404 && MentionsMoney(error) => UpstreamFailures.QuotaExceeded,

        // Groq: the model wrote an invalid call; a retry may succeed.
        ("tool_use_failed", _) => UpstreamFailures.ServerError,

        _ when error.Mentions("http request was sent to https") => UpstreamFailures.NeedsTls,

        ("server_is_overloaded", _) or
        (_, "service_unavailable_error" or "overloaded_error") => UpstreamFailures.Overloaded,

        ("model_not_found" or "DeploymentNotFound", _) or (_, "not_found_error" or "invalid_model") =>
            UpstreamFailures.RejectedWith(status),
        _ when status is 400 or 422 && MentionsModel(error) => UpstreamFailures.RejectedWith(status),

        ("server_error" or "internal_server_error" or "vector_store_timeout", _) => UpstreamFailures.ServerError,

        ("invalid_encrypted_content", _) => UpstreamFailures.InvalidRequest,
        _ => null,
    };

    private static UpstreamFailure? FromStatus(int? status, ProviderError error) => status switch
    {
        401 => UpstreamFailures.AuthFailed,
        402 => UpstreamFailures.QuotaExceeded,
        413 => UpstreamFailures.RequestTooLarge,
        403 when error.IsBlank => UpstreamFailures.Blocked,
        404 when error.IsBlank || !error.Mentions("model") => UpstreamFailures.WrongAddress,
        405 => UpstreamFailures.WrongAddress,
        403 or 404 => UpstreamFailures.RejectedWith(status),
        408 or 409 => UpstreamFailures.ServerError,
        503 or 529 => UpstreamFailures.Overloaded,
        >= 500 => UpstreamFailures.ServerError,
        >= 400 => UpstreamFailures.InvalidRequest,
        _ => null,
    };

    private static UpstreamFailure FromType(ProviderError error) => error switch
    {
        _ when error.Mentions("unexpected endpoint") => UpstreamFailures.WrongAddress,
        { Type: "invalid_request_error" or "BadRequestError" } => UpstreamFailures.InvalidRequest,
        { Type: "permission_error" } => UpstreamFailures.Rejected,
        _ => UpstreamFailures.ServerError,
    };

    private static bool MentionsContext(ProviderError error) =>
        error.Mentions("context window") || error.Mentions("context length") || error.Mentions("context size")
        || error.Mentions("maximum context") || error.Mentions("prompt is too long") || error.Mentions("too many tokens")
        || error.Mentions("context_length_exceeded");

    private static bool MentionsMoney(ProviderError error) =>
        error.Mentions("credits") || error.Mentions("spending limit") || error.Mentions("insufficient balance")
        || error.Mentions("insufficient_quota") || error.Mentions("billing");

    private static bool MentionsModel(ProviderError error) =>
        error.Mentions("model not exist") || error.Mentions("not a valid model") || error.Mentions("invalid model")
        || error.Mentions("unknown model") || error.Mentions("model not found")
        || (error.Mentions("model") && (error.Mentions("does not exist") || error.Mentions("not found")));

    private static UpstreamFailure Rate(ProviderError error) =>
        NumberAfter(error.Message, "Requested ") > NumberAfter(error.Message, "Limit ")
            ? UpstreamFailures.RequestOverLimit
            : UpstreamFailures.RateLimited;

    private static long? NumberAfter(string message, string word)
    {
        var start = message.IndexOf(word, StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        var digits = message.AsSpan(start + word.Length);
        var length = digits.IndexOfAnyExceptInRange('0', '9');
        return long.TryParse(
            length < 0 ? digits : digits[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }
}
