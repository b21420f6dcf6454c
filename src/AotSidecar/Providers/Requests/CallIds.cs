using System.Text;
using AotSidecar.Crypto;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Writes call ids that a provider takes. Plain ones go to everybody as they are; others go only to where they came from,
/// whose model may read its own ids, and are replaced by a hash anywhere else. Call and result get the same.
/// </summary>
internal static class CallIds
{
    /// <summary>The shortest limit of all the APIs: that of OpenAI's Chat Completions.</summary>
    private const int MaxLength = 40;

    /// <summary>Mistral's length.</summary>
    private const int Nine = 9;

    public static bool ArePlain(string id) => id.Length <= MaxLength && id.All(IsPlain);

    /// <param name="isOwn">The id came from the endpoint that is asked.</param>
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
