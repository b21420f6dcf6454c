namespace AotSidecar.Providers.Requests;

/// <summary>Finds the parts of a request that a refusal is about, and leaves parts out.</summary>
internal static class RequestParts
{
    /// <summary>The request without some of its parts; a file is replaced by its name.</summary>
    public static ModelRequest Without(
        ModelRequest request, Func<InputItem, bool> item, Func<InputPart, bool> part, Func<FunctionTool, bool> tool)
    {
        var tools = request.Tools.Where(one => !tool(one)).ToList();
        return request with
        {
            Input = [.. request.Input.Where(one => !item(one)).Select(one => one switch
            {
                InputItem.User user => new InputItem.User(Named(user.Parts)),
                InputItem.FunctionOutput { Images.Count: > 0 } output => output with { Images = Named(output.Images) },
                _ => one,
            })],
            Tools = tools,
            ForcedTool = tools.Exists(one => one.Name == request.ForcedTool) ? request.ForcedTool : null,
        };

        List<InputPart> Named(IReadOnlyList<InputPart> parts) => [.. parts.Select(each => part(each) ? Name(each) : each)];
    }

    public static ModelRequest WithoutFiles(ModelRequest request, IReadOnlyCollection<InputPart> files) =>
        Without(request, static _ => false, part => files.Any(file => ReferenceEquals(file, part)), static _ => false);

    public static ModelRequest WithoutTool(ModelRequest request, FunctionTool tool) =>
        Without(request, static _ => false, static _ => false, one => ReferenceEquals(one, tool));

    /// <summary>The files that the refusal names, or else those of the newest message that has any.</summary>
    public static IReadOnlyList<InputPart> FilesOf(ModelRequest request, string message)
    {
        var all = request.Input
            .Select(static item => item is InputItem.User user ? user.Parts : item is InputItem.FunctionOutput output ? output.Images : [])
            .Select(static parts => parts.Where(static part => part is not InputPart.Text).ToList())
            .Where(static files => files.Count > 0)
            .ToList();
        var named = all.SelectMany(static files => files)
            .Where(file => NameOf(file) is { Length: > 0 } name && message.Contains(name, StringComparison.OrdinalIgnoreCase))
            .ToList();
        return named.Count > 0 ? named : all.Count > 0 ? all[^1] : [];
    }

    /// <summary>The tool that a refusal names by index or name.</summary>
    public static FunctionTool? ToolOf(ModelRequest request, string? param, string message)
    {
        foreach (var lead in (ReadOnlySpan<string>)["function_declarations[", "tools[", "tools.", "tools/"])
        {
            if ((NumberAfter(param, lead) ?? NumberAfter(message, lead)) is { } index && index < request.Tools.Count)
            {
                return request.Tools[index];
            }
        }

        return request.Tools.FirstOrDefault(tool =>
            message.Contains($"'{tool.Name}'", StringComparison.Ordinal) || message.Contains($"\"{tool.Name}\"", StringComparison.Ordinal)
            || message.Contains($"`{tool.Name}`", StringComparison.Ordinal));
    }

    private static InputPart.Text Name(InputPart file) => new(
        $"[{(file is InputPart.Image ? "The picture" : "The file")} {NameOf(file)} is not sent, because the model's provider does not accept it.]"
            .Replace("  ", " ", StringComparison.Ordinal));

    private static string? NameOf(InputPart part) => part switch
    {
        InputPart.File file => file.Name,
        InputPart.Image image => image.Name,
        _ => null,
    };

    private static int? NumberAfter(string? text, string lead)
    {
        var start = text?.IndexOf(lead, StringComparison.Ordinal) ?? -1;
        if (start < 0)
        {
            return null;
        }

        var digits = text.AsSpan(start + lead.Length);
        var length = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(length < 0 ? digits : digits[..length], out var number) ? number : null;
    }
}
