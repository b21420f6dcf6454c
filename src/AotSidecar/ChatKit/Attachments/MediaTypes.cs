using System.Net.Http.Headers;

namespace AotSidecar.ChatKit.Attachments;

/// <summary>Types that a page or a file claims to be of. They go into headers and data URLs, so they are checked where they come in.</summary>
internal static class MediaTypes
{
    /// <summary>What a browser does not know has no type; nothing is assumed of it.</summary>
    public const string Unknown = "application/octet-stream";

    public static bool IsValid(string type) =>
        type.All(static c => c is >= ' ' and <= '~') && MediaTypeHeaderValue.TryParse(type, out _);

    /// <summary>Pictures that are nothing but pictures: the others could be a page of somebody's making.</summary>
    public static bool IsPicture(string type) =>
        Essence(type) is var essence && essence.StartsWith("image/", StringComparison.Ordinal) && essence != "image/svg+xml";

    /// <summary>Without parameters, in lower case.</summary>
    public static string Essence(string type) => type.Split(';', 2)[0].Trim().ToLowerInvariant();
}
