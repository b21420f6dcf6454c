using System.Text.Json.Serialization;
using AotSidecar.Json;
using AotSidecar.Secrets;

namespace AotSidecar.Process;

/// <summary>
/// The first line on stdin: <c>{"launchSecret":"…"}</c>. Arguments and environment variables can be read by other
/// processes, stdin cannot.
/// </summary>
internal static class LaunchLine
{
    public const int MaxLength = 16 * 1024;

    /// <param name="line">Without its line feed.</param>
    /// <exception cref="FatalException">With <c>launch_line_invalid</c>; the line itself is never repeated.</exception>
    public static string Parse(ReadOnlyMemory<byte> line)
    {
        if (!JsonInput.TryRead(line.Span, LaunchLineJson.Default.LaunchMessage, out var message, out var fault)
            && fault.Kind != JsonFaultKind.Invalid)
        {
            throw Invalid(fault.Kind switch
            {
                JsonFaultKind.NotAnObject => "the launch line is not a JSON object",
                JsonFaultKind.Unknown => "the launch line has a member this version does not know",
                _ => "the launch line is not valid JSON",
            });
        }

        return message?.LaunchSecret is { Length: >= LaunchSecret.MinLength } secret && secret.All(IsBase64Url)
            ? secret
            : throw Invalid($"launchSecret must be at least {LaunchSecret.MinLength} base64url characters");
    }

    public static FatalException Invalid(string message) =>
        new("launch_line_invalid", ExitCode.Usage, $"{message}; send {{\"launchSecret\":\"…\"}} and a line feed on stdin");

    public static FatalException TimedOut() => new(
        "launch_line_timeout", ExitCode.Usage, "no launch line arrived on stdin within 10 s; the extension sends it right after spawning");

    private static bool IsBase64Url(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';
}

internal sealed record LaunchMessage
{
    public string? LaunchSecret { get; init; }

    public override string ToString() => "LaunchMessage(***)";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    MaxDepth = 4,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(LaunchMessage))]
internal sealed partial class LaunchLineJson : JsonSerializerContext;
