using AotSidecar.Providers.Requests;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Client;

/// <summary>Never logs what the provider or the user said.</summary>
internal static partial class UpstreamLog
{
    [LoggerMessage(300, LogLevel.Debug, "asking the provider ({Dialect}, attempt {Attempt})")]
    public static partial void Asking(this ILogger logger, ProviderApi dialect, int attempt);

    [LoggerMessage(301, LogLevel.Warning, "the provider failed: {Code}, request id {RequestId}")]
    public static partial void Failed(this ILogger logger, string code, string requestId);

    [LoggerMessage(302, LogLevel.Information, "asking again in {Milliseconds} ms after {Code}")]
    public static partial void AskingAgain(this ILogger logger, long milliseconds, string code);

    [LoggerMessage(303, LogLevel.Information, "asking again without or otherwise than what the provider refused; from now on: {Workarounds}")]
    public static partial void AskingOtherwise(this ILogger logger, Workarounds workarounds);

    [LoggerMessage(304, LogLevel.Information, "the provider sends events or items of an unknown type, which are ignored: {Type}")]
    public static partial void UnknownType(this ILogger logger, string type);

    [LoggerMessage(305, LogLevel.Information, "the provider ended its answer without any content")]
    public static partial void EmptyAnswer(this ILogger logger);

    [LoggerMessage(306, LogLevel.Warning, "the provider sent a tool call without a name, which is ignored")]
    public static partial void NamelessToolCall(this ILogger logger);
}
