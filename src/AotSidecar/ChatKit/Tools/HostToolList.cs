using System.Text;
using System.Text.Json;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Providers.Requests;
using AotSidecar.Sessions;

namespace AotSidecar.ChatKit.Tools;

/// <summary>
/// The tools the host offers, read from MCP's <c>tools/list</c> results. What a provider would refuse is fixed or left
/// out here: one bad tool would fail every request.
/// </summary>
internal sealed class HostToolList
{
    /// <summary>What providers accept in one request, client tools included.</summary>
    private const int MaxTools = 128;

    /// <summary>OpenAI's limits for a function's name and description.</summary>
    private const int MaxName = 64;
    private const int MaxDescription = 1024;

    /// <summary>Maximum length of a task's title on screen, in characters.</summary>
    private const int MaxTitle = 80;

    private readonly Dictionary<string, (FunctionTool Tool, JsonElement Schema, string Title)> _tools = new(StringComparer.Ordinal);

    public static HostToolList Empty { get; } = new();

    /// <summary>Number of tools left out: bad or duplicate name, schema that is no object, or too many.</summary>
    public int LeftOut { get; private set; }

    /// <returns>False if the result has another shape.</returns>
    public bool TryAdd(JsonElement result)
    {
        if (result.ValueKind != JsonValueKind.Object || !result.TryGetProperty("tools"u8, out var tools) || tools.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        foreach (var tool in tools.EnumerateArray())
        {
            LeftOut += _tools.Count < MaxTools && TryAddTool(tool) ? 0 : 1;
        }

        return true;
    }

    /// <summary>Declarations for the model. A client tool of the same name wins.</summary>
    public IEnumerable<FunctionTool> Declared(IReadOnlyList<ClientTool> clientTools) =>
        _tools.Values.Select(static entry => entry.Tool)
            .Where(tool => clientTools.All(client => client.Name != tool.Name))
            .Take(MaxTools - clientTools.Count);

    public string TitleOf(string name) => _tools.TryGetValue(name, out var entry) ? entry.Title : HostText.Cut(name, MaxName);

    /// <summary>
    /// Why a call is refused, in words for the model, or null. Checks only the schema's shape; the tool checks the
    /// rest.
    /// </summary>
    public string? Refuse(ToolCall call, int maxArguments)
    {
        if (!_tools.TryGetValue(call.Name, out var entry))
        {
            return "there is no tool of this name";
        }

        if (call.Arguments.Length > maxArguments)
        {
            return "the arguments are too long";
        }

        try
        {
            var arguments = JsonElement.Parse(Encoding.UTF8.GetBytes(call.Arguments));
            return arguments.ValueKind == JsonValueKind.Object
                ? SchemaShape.Refuse(entry.Schema, arguments)
                : "the arguments are not a JSON object";
        }
        catch (JsonException)
        {
            return "the arguments are not valid JSON";
        }
        catch (InvalidOperationException)
        {
            return "the arguments are not valid Unicode";
        }
    }

    private bool TryAddTool(JsonElement tool)
    {
        if (HostText.Of(tool, "name"u8) is not { Length: > 0 and <= MaxName } name
            || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            || SchemaOf(tool) is not { } schema)
        {
            return false;
        }

        var description = HostText.Of(tool, "description"u8) is { } given ? HostText.Cut(given, MaxDescription - 1) : null;
        var function = new FunctionTool(name, description, Encoding.UTF8.GetBytes(schema.GetRawText()));
        return _tools.TryAdd(name, (function, schema, TitleFrom(tool) ?? name));
    }

    private static string? TitleFrom(JsonElement tool)
    {
        var title = HostText.Of(tool, "title"u8)
            ?? (tool.TryGetProperty("annotations"u8, out var annotations) ? HostText.Of(annotations, "title"u8) : null);
        return string.IsNullOrWhiteSpace(title) ? null : HostText.Cut(title.Trim(), MaxTitle);
    }

    /// <summary>
    /// In MCP a tool without arguments may omit everything; providers require an object with properties.
    /// </summary>
    private static JsonElement? SchemaOf(JsonElement tool)
    {
        if (!tool.TryGetProperty("inputSchema"u8, out var given) || given.ValueKind == JsonValueKind.Null)
        {
            return JsonElement.Parse("""{"type":"object","properties":{}}"""u8);
        }

        var hasType = given.ValueKind == JsonValueKind.Object && given.TryGetProperty("type"u8, out _);
        if (given.ValueKind != JsonValueKind.Object || (hasType && HostText.Of(given, "type"u8) != "object"))
        {
            return null;
        }

        var hasProperties = given.TryGetProperty("properties"u8, out var properties);
        if (hasProperties && properties.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        try
        {
            return JsonElement.Parse(JsonBytes.Write(json =>
            {
                if (!hasType)
                {
                    json.WriteString("type"u8, "object"u8);
                }

                foreach (var member in given.EnumerateObject())
                {
                    member.WriteTo(json);
                }

                if (!hasProperties)
                {
                    json.WriteStartObject("properties"u8);
                    json.WriteEndObject();
                }
            }));
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate, which no provider accepts.
            return null;
        }
    }
}
