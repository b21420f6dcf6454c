using System.Text;
using AotSidecar.Crypto;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Writes call ids that a provider accepts. Plain ids are sent unchanged. Unusual ones are sent unchanged only to where
/// they came from, because that model may depend on them; others get a hash instead. A call and its result get the same
/// id.
/// </summary>
internal static class CallIds
{
    /// <summary>The shortest limit of all APIs: OpenAI's Chat Completions.</summary>
    private const int MaxLength = 40;

    /// <summary>Mistral's length.</summary>
    private const int Nine = 9;

    public static bool ArePlain(string id) => id.Length <= MaxLength && id.All(IsPlain);

    /// <param name="isOwn">The id came from the endpoint it is sent to.</param>
    public static string Write(string id, bool isOwn, Workarounds workarounds)
    {
        if (workarounds.HasFlag(Workarounds.NineCharacterIds))
        {
            return id.Length == Nine && id.All(char.IsAsciiLetterOrDigit) ? id : Hash(id)[..Nine];
        }

        var keeps = ArePlain(id) || (isOwn && !workarounds.HasFlag(Workarounds.PlainIds));
        return keeps ? id : $"call_{Hash(id)[..24]}";
    }

    private static bool IsPlain(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or '-';

    private static string Hash(string id) => Convert.ToHexStringLower(Sha256.HashData(Encoding.UTF8.GetBytes(id)));
}
