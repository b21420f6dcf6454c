using System.Runtime.InteropServices;
using System.Text.Json.Serialization.Metadata;
using System.Text.Json;
using System.Text.Unicode;
using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Json;

namespace AotSidecar.Sessions;

/// <summary>Reads and checks a <see cref="SessionRequest"/>.</summary>
/// <param name="type">From the context with the wire names: HTTP's or the bridge's.</param>
internal sealed class SessionRequestReader(SessionLimits limits, JsonTypeInfo<SessionRequest> type)
{
    private const int MaxKeyIdLength = 128;
    private const int MaxNameLength = 128;
    private const int MaxToolNameLength = 64;
    private const int MaxToolDescription = 4096;
    private const int MaxInstructions = 64 * 1024;
    private const int MaxClientTools = 64;
    private const int MaxRequestsPerMinute = 100_000;

    private static readonly byte[] AnyArguments = [.. """{"type":"object","properties":{}}"""u8];

    /// <exception cref="FailureException">400 with the offending member.</exception>
    public SessionGrant Read(ReadOnlySpan<byte> json)
    {
        if (!JsonInput.TryRead(json, type, out var request, out var fault))
        {
            throw new FailureException(new Failure(400, fault.Code, fault.Message, Param: fault.Path));
        }

        return new SessionGrant
        {
            SecretKeyId = CheckKeyId(request.SecretKeyId),
            Environment = CheckEnvironment(request.Environment ?? "pro"),
            User = CheckText(request.User, Name(nameof(request.User)), MaxNameLength) ?? "local",
            Lifetime = CheckLifetime(request.ExpiresAfter),
            RequestsPerMinute = CheckRateLimits(request.RateLimits ?? new RateLimits()),
            Origin = CheckOrigin(request.Origin),
            Model = CheckText(request.Model, Name(nameof(request.Model)), MaxNameLength),
            Instructions = CheckText(request.Instructions, Name(nameof(request.Instructions)), MaxInstructions, multiline: true),
            ClientTools = CheckTools(request.ClientTools ?? []),
        };
    }

    /// <summary>A member's name on the wire.</summary>
    private string Name(string member) => type.Options.PropertyNamingPolicy!.ConvertName(member);

    /// <summary>
    /// A key id is a name in the host's secret storage, so blanks, control characters and <c>..</c> are refused.
    /// </summary>
    private string CheckKeyId(string text)
    {
        var valid = text.Length is > 0 and <= MaxKeyIdLength
            && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '/' or '-')
            && !text.Contains("..", StringComparison.Ordinal);
        return valid ? text : throw Invalid(
            Name(nameof(SessionRequest.SecretKeyId)), $"1 to {MaxKeyIdLength} of A-Z a-z 0-9 . _ : / - without two dots in a row");
    }

    private string CheckEnvironment(string text) =>
        text is "dev" or "pro" ? text : throw Invalid(Name(nameof(SessionRequest.Environment)), "dev or pro");

    private TimeSpan CheckLifetime(ExpiresAfter? after)
    {
        if (after is null)
        {
            return limits.Lifetime;
        }

        var param = Name(nameof(SessionRequest.ExpiresAfter));
        var seconds = CheckRange(after.Seconds, $"{param}.{Name(nameof(after.Seconds))}", (int)limits.Lifetime.TotalSeconds);
        return after.Anchor is null or "created_at"
            ? TimeSpan.FromSeconds(seconds)
            : throw Invalid($"{param}.{Name(nameof(after.Anchor))}", "created_at");
    }

    private int CheckRateLimits(RateLimits limits) => CheckRange(
        limits.MaxRequestsPer1Minute,
        $"{Name(nameof(SessionRequest.RateLimits))}.{Name(nameof(limits.MaxRequestsPer1Minute))}",
        MaxRequestsPerMinute);

    private string? CheckOrigin(string? text) => text is null || Origins.IsExact(text)
        ? text
        : throw Invalid(
            Name(nameof(SessionRequest.Origin)), "one exact origin such as vscode-webview://…, as the page's location.origin says it");

    private List<ClientTool> CheckTools(IReadOnlyList<ClientToolRequest?> requests)
    {
        var param = Name(nameof(SessionRequest.ClientTools));
        if (requests.Count > MaxClientTools)
        {
            throw Invalid(param, $"a list of at most {MaxClientTools} tools");
        }

        var tools = new List<ClientTool>();
        foreach (var request in requests)
        {
            var place = $"{param}[{tools.Count}]";
            var tool = CheckTool(request ?? throw Invalid(place, "an object"), place);
            tools.Add(tools.All(other => other.Name != tool.Name) ? tool : throw Invalid($"{place}.name", "unique"));
        }

        return tools;
    }

    private static ClientTool CheckTool(ClientToolRequest request, string place)
    {
        var validName = request.Name.Length is > 0 and <= MaxToolNameLength
            && request.Name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
        return validName
            ? new ClientTool(
                request.Name,
                CheckText(request.Description, $"{place}.description", MaxToolDescription, multiline: true),
                CheckSchema(request.Parameters, $"{place}.parameters"))
            : throw Invalid($"{place}.name", $"1 to {MaxToolNameLength} of A-Z a-z 0-9 _ -");
    }

    /// <summary>
    /// The schema goes to the provider as it is; nothing has decoded its text before, so it is checked here.
    /// </summary>
    private static byte[] CheckSchema(JsonElement schema, string param) => schema.ValueKind switch
    {
        JsonValueKind.Undefined => AnyArguments,
        JsonValueKind.Object when JsonMarshal.GetRawUtf8Value(schema) is var json && Utf8.IsValid(json) => json.ToArray(),
        _ => throw Invalid(param, "a JSON schema object in UTF-8"),
    };

    private static string? CheckText(string? text, string param, int maxLength, bool multiline = false)
    {
        var valid = text is null || (text.Length > 0 && text.Length <= maxLength
            && !text.Any(c => char.IsControl(c) && !(multiline && c is '\n' or '\r' or '\t')));
        return valid ? text : throw Invalid(param, $"1 to {maxLength} characters of text");
    }

    private static int CheckRange(int number, string param, int max) =>
        number >= 1 && number <= max ? number : throw Invalid(param, $"a whole number from 1 to {max}");

    private static FailureException Invalid(string param, string expected) =>
        new(Failure.Invalid(param, expected));
}
