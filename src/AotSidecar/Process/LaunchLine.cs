using System.Text.Json.Serialization;
using AotSidecar.Json;
using AotSidecar.Secrets;

namespace AotSidecar.Process;

/// <summary>
/// The first line on stdin: <c>{"launchSecret":"…","proxy":{…}?}</c>. Arguments and environment variables can be read by
/// other processes, stdin cannot.
/// </summary>
internal sealed record LaunchLine(string Secret, OutboundProxy? Proxy)
{
    public const int MaxLength = 16 * 1024;

    /// <param name="line">Without its line feed.</param>
    /// <exception cref="FatalException">With <c>launch_line_invalid</c>; the line itself is never repeated.</exception>
    public static LaunchLine Parse(ReadOnlySpan<byte> line)
    {
        if (!JsonInput.TryRead(line, LaunchLineJson.Default.LaunchMessage, out var message, out var fault))
        {
            throw Invalid(fault.Kind switch
            {
                JsonFaultKind.NotAnObject => "the launch line is not a JSON object",
                JsonFaultKind.Unknown => "the launch line has a member this version does not know",
                JsonFaultKind.Malformed => "the launch line is not valid JSON",
                _ => "a member of the launch line has the wrong type",
            });
        }

        if (message.LaunchSecret is not { Length: >= LaunchSecret.MinLength } secret || !secret.All(IsBase64Url))
        {
            throw Invalid($"launchSecret must be at least {LaunchSecret.MinLength} base64url characters");
        }

        var proxy = message.Proxy is { } named ? OutboundProxy.TryCreate(named) : null;
        return message.Proxy is null || proxy is not null
            ? new LaunchLine(secret, proxy)
            : throw Invalid("proxy must have an http or https url without credentials in it; user, password and noProxy are members");
    }

    public static FatalException Invalid(string message) =>
        new("launch_line_invalid", ExitCode.Usage, $"{message}; send {{\"launchSecret\":\"…\"}} and a line feed on stdin");

    public static FatalException TimedOut() => new(
        "launch_line_timeout", ExitCode.Usage, "no launch line arrived on stdin within 10 s; the extension sends it right after spawning");

    public override string ToString() => "LaunchLine(***)";

    private static bool IsBase64Url(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';
}

internal sealed record LaunchMessage
{
    public string? LaunchSecret { get; init; }

    public ProxyMessage? Proxy { get; init; }

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
