using System.Text;
using System.Text.Json;
using AotSidecar.Sessions;
using AotSidecar.Upstream;

namespace AotSidecar.ChatKit.Turns;

/// <summary>The tools the host offers, read from MCP's <c>tools/list</c> result.</summary>
internal sealed class HostToolList
{
    /// <summary>More than providers accept in one request.</summary>
    private const int MaxTools = 128;

    private readonly Dictionary<string, (FunctionTool Tool, JsonElement Schema, string Title)> _tools = new(StringComparer.Ordinal);

    public static HostToolList Empty { get; } = new();

    /// <returns>Null when the result has not the shape.</returns>
    public static HostToolList? TryRead(JsonElement result)
    {
        if (result.ValueKind != JsonValueKind.Object || !result.TryGetProperty("tools"u8, out var tools) || tools.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var list = new HostToolList();
        foreach (var tool in tools.EnumerateArray().Take(MaxTools))
        {
            list.Add(tool);
        }

        return list;
    }

    /// <summary>For the model; a client tool of the same name goes before ours.</summary>
    public IEnumerable<FunctionTool> Declared(IReadOnlyList<ClientTool> clientTools) =>
        _tools.Values.Select(static entry => entry.Tool).Where(tool => clientTools.All(client => client.Name != tool.Name));

    public string TitleOf(string name) => _tools.TryGetValue(name, out var entry) ? entry.Title : name[..Math.Min(name.Length, 64)];

    /// <summary>What the model should know is wrong with its call, or null. Only the schema's outer shape is looked at; the tool knows the rest.</summary>
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

        JsonElement arguments;
        try
        {
            arguments = JsonElement.Parse(Encoding.UTF8.GetBytes(call.Arguments));
        }
        catch (JsonException)
        {
            return "the arguments are not valid JSON";
        }

        return arguments.ValueKind == JsonValueKind.Object ? SchemaShape.Refuse(entry.Schema, arguments) : "the arguments are not a JSON object";
    }

    private void Add(JsonElement tool)
    {
        if (Text(tool, "name") is not { Length: > 0 and <= 64 } name || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            return;
        }

        var schema = tool.TryGetProperty("inputSchema"u8, out var given) && given.ValueKind == JsonValueKind.Object
            ? given.Clone()
            : JsonElement.Parse("""{"type":"object","properties":{}}"""u8);
        var function = new FunctionTool(name, Text(tool, "description"), Encoding.UTF8.GetBytes(schema.GetRawText()));
        _tools[name] = (function, schema, Text(tool, "title") ?? name);
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
