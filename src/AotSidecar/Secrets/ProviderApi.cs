namespace AotSidecar.Secrets;

/// <summary>
/// The wire dialect a provider speaks; <c>responses</c> and <c>chat-completions</c> in flags and in the host's reply.
/// </summary>
internal enum ProviderApi
{
    Responses,
    ChatCompletions,
}

internal static class ProviderApiNames
{
    public const string Responses = "responses";
    public const string ChatCompletions = "chat-completions";

    public static bool TryParse(string? text, out ProviderApi api)
    {
        api = text == ChatCompletions ? ProviderApi.ChatCompletions : ProviderApi.Responses;
        return text is Responses or ChatCompletions;
    }
}
