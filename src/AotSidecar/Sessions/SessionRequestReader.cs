using System.Text;
using System.Text.Json;
using AotSidecar.Http;

namespace AotSidecar.Sessions;

/// <summary>
/// Reads the body of <c>POST /sessions</c> and the params of <c>sessions/create</c>. Strict on purpose: an unknown member
/// is refused, because the likely one is an attempt to smuggle in an address or a key.
/// </summary>
internal sealed class SessionRequestReader(SessionLimits options, SessionNames names)
{
    /// <summary>Deeper than any tool's schema in use.</summary>
    public const int MaxDepth = 32;

    private const int MaxKeyIdLength = 128;
    private const int MaxNameLength = 128;
    private const int MaxInstructions = 64 * 1024;
    private const int MaxClientTools = 64;
    private const int MaxRequestsPerMinute = 100_000;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <exception cref="ProblemException">400 with the offending member.</exception>
    public SessionGrant Read(ReadOnlyMemory<byte> body)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, Strict);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is how the search for duplicate members meets a name with a lone surrogate.
            throw new ProblemException(Problem.InvalidJson("the body is not one valid JSON object"));
        }

        using (document)
        {
            return Read(document.RootElement);
        }
    }

    private SessionGrant Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ProblemException(Problem.InvalidJson("the body must be a JSON object"));
        }

        var grant = new SessionGrant { SecretKeyId = "", Lifetime = options.Lifetime };
        foreach (var member in root.EnumerateObject())
        {
            grant = Apply(grant, member);
        }

        return grant.SecretKeyId.Length > 0
            ? grant
            : throw new ProblemException(new Problem(
                400, "missing_field", $"{names["secret_key_id"]} is required", names["secret_key_id"]));
    }

    private SessionGrant Apply(SessionGrant grant, JsonProperty member)
    {
        var name = NameOf(member);
        return name switch
        {
            _ when name == names["secret_key_id"] => grant with { SecretKeyId = ReadKeyId(member.Value) },
            "environment" => grant with { Environment = ReadEnvironment(member.Value) },
            "user" => grant with { User = ReadText(member.Value, "user", MaxNameLength) },
            _ when name == names["expires_after"] => grant with { Lifetime = ReadLifetime(member.Value) },
            _ when name == names["rate_limits"] => grant with { RequestsPerMinute = ReadRateLimits(member.Value) },
            "origin" => grant with { Origin = ReadOrigin(member.Value) },
            "model" => grant with { Model = ReadText(member.Value, "model", MaxNameLength) },
            "instructions" => grant with { Instructions = ReadText(member.Value, "instructions", MaxInstructions, multiline: true) },
            _ when name == names["client_tools"] => grant with { ClientTools = ReadTools(member.Value) },
            _ => throw Unknown(name),
        };
    }

    /// <summary>A key id is a name in the host's secret storage: no blanks, no controls, no way to climb out of a folder.</summary>
    private string ReadKeyId(JsonElement value)
    {
        var param = names["secret_key_id"];
        var text = ReadText(value, param, MaxKeyIdLength);
        var valid = text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '/' or '-')
            && !text.Contains("..", StringComparison.Ordinal);
        return valid ? text : throw Invalid(param, "1 to 128 of A-Z a-z 0-9 . _ : / - without two dots in a row");
    }

    private static string ReadEnvironment(JsonElement value) =>
        ReadText(value, "environment", MaxNameLength) is var text && (text is "dev" or "pro")
            ? text
            : throw Invalid("environment", "dev or pro");

    private TimeSpan ReadLifetime(JsonElement value)
    {
        var param = names["expires_after"];
        var seconds = 0;
        foreach (var member in Members(value, param))
        {
            seconds = NameOf(member) switch
            {
                "seconds" => ReadInteger(member.Value, $"{param}.seconds", 1, (int)options.Lifetime.TotalSeconds),
                "anchor" when ReadText(member.Value, $"{param}.anchor", MaxNameLength) == "created_at" => seconds,
                "anchor" => throw Invalid($"{param}.anchor", "created_at"),
                var other => throw Unknown($"{param}.{other}"),
            };
        }

        return seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : throw new ProblemException(new Problem(400, "missing_field", $"{param}.seconds is required", $"{param}.seconds"));
    }

    private int ReadRateLimits(JsonElement value)
    {
        var param = names["rate_limits"];
        var permits = new SessionGrant { SecretKeyId = "" }.RequestsPerMinute;
        foreach (var member in Members(value, param))
        {
            var name = NameOf(member);
            permits = name == names["max_requests_per_1_minute"]
                ? ReadInteger(member.Value, $"{param}.{name}", 1, MaxRequestsPerMinute)
                : throw Unknown($"{param}.{name}");
        }

        return permits;
    }

    private static string ReadOrigin(JsonElement value) =>
        ReadText(value, "origin", 512) is var text && Origins.IsExact(text)
            ? text
            : throw Invalid("origin", "one exact origin such as vscode-webview://…, as the page's location.origin says it");

    private List<ClientTool> ReadTools(JsonElement value)
    {
        var param = names["client_tools"];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MaxClientTools)
        {
            throw Invalid(param, $"a list of at most {MaxClientTools} tools");
        }

        var tools = new List<ClientTool>();
        foreach (var element in value.EnumerateArray())
        {
            var tool = ReadTool(element, $"{param}[{tools.Count}]");
            tools.Add(tools.All(other => other.Name != tool.Name) ? tool : throw Invalid($"{param}[{tools.Count}].name", "unique"));
        }

        return tools;
    }

    private static ClientTool ReadTool(JsonElement element, string param)
    {
        var tool = new ClientTool("", null, /*lang=json,strict*/ "{\"type\":\"object\",\"properties\":{}}"u8.ToArray());
        foreach (var member in Members(element, param))
        {
            tool = NameOf(member) switch
            {
                "name" => tool with { Name = ReadToolName(member.Value, $"{param}.name") },
                "description" => tool with { Description = ReadText(member.Value, $"{param}.description", 4096, multiline: true) },
                "parameters" => tool with { Parameters = ReadSchema(member.Value, $"{param}.parameters") },
                var other => throw Unknown($"{param}.{other}"),
            };
        }

        return tool.Name.Length > 0
            ? tool
            : throw new ProblemException(new Problem(400, "missing_field", $"{param}.name is required", $"{param}.name"));
    }

    private static byte[] ReadSchema(JsonElement value, string param)
    {
        try
        {
            return value.ValueKind == JsonValueKind.Object
                ? Encoding.UTF8.GetBytes(value.GetRawText())
                : throw Invalid(param, "a JSON schema object");
        }
        catch (InvalidOperationException)
        {
            // Text inside it that is not UTF-8; the parser looks only at the quotes around.
            throw Invalid(param, "a JSON schema object in UTF-8");
        }
    }

    private static string ReadToolName(JsonElement value, string param) =>
        ReadText(value, param, 64) is var text && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? text
            : throw Invalid(param, "1 to 64 of A-Z a-z 0-9 _ -");

    private static JsonElement.ObjectEnumerator Members(JsonElement value, string param) =>
        value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : throw Invalid(param, "an object");

    private static string ReadText(JsonElement value, string param, int maxLength, bool multiline = false)
    {
        var text = value.ValueKind == JsonValueKind.String ? GetString(value) : null;
        var valid = text is { Length: > 0 } && text.Length <= maxLength
            && !text.Any(c => char.IsControl(c) && !(multiline && c is '\n' or '\r' or '\t'));
        return valid ? text! : throw Invalid(param, $"1 to {maxLength} characters of text");
    }

    private static int ReadInteger(JsonElement value, string param, int min, int max) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max
            ? number
            : throw Invalid(param, $"a whole number from {min} to {max}");

    /// <summary>Null for text that is no text: a lone surrogate.</summary>
    private static string? GetString(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw new ProblemException(Problem.InvalidJson("a member's name is not valid text"));
        }
    }

    private static ProblemException Invalid(string param, string expected) =>
        new(new Problem(400, "invalid_field", $"{param} must be {expected}", param));

    private static ProblemException Unknown(string param)
    {
        var shown = param.Length <= 64 ? param : param[..64];
        return new(new Problem(400, "unknown_field", $"{shown} is not a member of this request", shown));
    }
}
