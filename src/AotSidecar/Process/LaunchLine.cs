using System.Text.Json;
using AotSidecar.Secrets;

namespace AotSidecar.Process;

/// <summary>
/// The first line on stdin: <c>{"launchSecret":"…"}</c>. Arguments and environment variables can be read by other
/// processes, stdin cannot.
/// </summary>
internal static class LaunchLine
{
    public const int MaxLength = 16 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    /// <param name="line">Without its line feed.</param>
    /// <exception cref="FatalException">With <c>launch_line_invalid</c>; the line itself is never repeated.</exception>
    public static string Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Strict);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw Invalid("the launch line is not a JSON object");
            }

            string? secret = null;
            foreach (var member in root.EnumerateObject())
            {
                secret = member.NameEquals("launchSecret"u8)
                    ? member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null
                    : throw Invalid("the launch line has a member this version does not know");
            }

            return secret is { Length: >= LaunchSecret.MinLength } && secret.All(IsBase64Url)
                ? secret
                : throw Invalid($"launchSecret must be at least {LaunchSecret.MinLength} base64url characters");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Invalid("the launch line is not valid JSON");
        }
    }

    public static FatalException Invalid(string message) =>
        new("launch_line_invalid", ExitCode.Usage, $"{message}; send {{\"launchSecret\":\"…\"}} and a line feed on stdin");

    public static FatalException TimedOut() => new(
        "launch_line_timeout", ExitCode.Usage, "no launch line arrived on stdin within 10 s; the extension sends it right after spawning");

    private static bool IsBase64Url(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';
}
