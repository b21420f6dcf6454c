using System.Net.Http.Headers;

namespace AotSidecar.ChatKit.Attachments;

/// <summary>
/// Media types claimed by a page or a file. They end up in headers and data URLs, so they are validated on input.
/// </summary>
internal static class MediaTypes
{
    /// <summary>For files whose type the browser does not know.</summary>
    public const string Unknown = "application/octet-stream";

    public static bool IsValid(string type) =>
        type.All(static c => c is >= ' ' and <= '~') && MediaTypeHeaderValue.TryParse(type, out _);

    /// <summary>Image types that are safe to serve inline; SVG can run script.</summary>
    public static bool IsPicture(string type) =>
        Essence(type) is var essence && essence.StartsWith("image/", StringComparison.Ordinal) && essence != "image/svg+xml";

    /// <summary>Without parameters, in lower case.</summary>
    public static string Essence(string type) => type.Split(';', 2)[0].Trim().ToLowerInvariant();
}
