using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Responses;

/// <summary>Reads items of the provider's own tools.</summary>
internal static class HostedItem
{
    /// <summary>Bound on the sources shown of one search.</summary>
    private const int MaxSources = 64;

    /// <summary>Maximum length of a name made from a URL, in characters.</summary>
    private const int MaxName = 80;

    public static HostedTool? ToolOf(JsonValue type) => type switch
    {
        _ when type.Is("web_search_call"u8) => HostedTool.WebSearch,
        _ when type.Is("file_search_call"u8) => HostedTool.FileSearch,
        _ when type.Is("code_interpreter_call"u8) => HostedTool.CodeInterpreter,
        _ when type.Is("image_generation_call"u8) => HostedTool.ImageGeneration,
        _ when type.Is("mcp_call"u8) => HostedTool.Mcp,
        _ when type.Is("computer_call"u8) || type.Is("local_shell_call"u8) || type.Is("shell_call"u8)
            || type.Is("apply_patch_call"u8) || type.Is("tool_search_call"u8) => HostedTool.Other,
        _ => null,
    };

    public static HostedDetail DetailOf(JsonValue item)
    {
        var action = item["action"u8];
        var queries = Texts(action["queries"u8], item["queries"u8]);
        if (queries.Count == 0 && action["query"u8].TextOrNullIfEmpty is { } query)
        {
            queries.Add(query);
        }

        var sources = new List<HostedSource>();
        AddPage(sources, action["url"u8], default);
        foreach (var source in action["sources"u8].Elements)
        {
            AddPage(sources, source["url"u8], source["title"u8]);
        }

        foreach (var result in item["results"u8].Elements)
        {
            if (result["filename"u8].TextOrNullIfEmpty is { } filename && sources.Count < MaxSources)
            {
                sources.Add(new HostedSource(null, filename));
            }
        }

        var failed = item["status"u8].Is("failed"u8) || item["error"u8].IsPresent;
        return new HostedDetail(queries, sources, item["name"u8].TextOrNullIfEmpty, failed);
    }

    public static string DataUrl(JsonValue base64, JsonValue format)
    {
        var type = format switch
        {
            _ when format.Is("webp"u8) => "data:image/webp;base64,",
            _ when format.Is("jpeg"u8) || format.Is("jpg"u8) => "data:image/jpeg;base64,",
            _ => "data:image/png;base64,",
        };

        // Images are megabytes: create the string once.
        return base64.HasEscapes
            ? type + base64.Text
            : string.Create(type.Length + base64.Characters.Length, new Source(type, base64), Fill);
    }

    private static void Fill(Span<char> target, Source source)
    {
        source.Lead.CopyTo(target);
        Encoding.Latin1.GetChars(source.Base64.Characters, target[source.Lead.Length..]);
    }

    private static List<string> Texts(JsonValue first, JsonValue second)
    {
        var texts = new List<string>();
        foreach (var element in (first.IsArray ? first : second).Elements)
        {
            if (element.TextOrNullIfEmpty is { } text && texts.Count < MaxSources)
            {
                texts.Add(text);
            }
        }

        return texts;
    }

    private static void AddPage(List<HostedSource> sources, JsonValue url, JsonValue title)
    {
        if (sources.Count < MaxSources && Uri.TryCreate(url.Text, UriKind.Absolute, out var page)
            && page.Scheme is "https" or "http")
        {
            sources.Add(new HostedSource(page.OriginalString.Trim(), title.TextOrNullIfEmpty ?? NameOf(page)));
        }
    }

    /// <summary>Includes the path, so that pages of one site can be told apart.</summary>
    private static string NameOf(Uri page)
    {
        var name = page.Host + page.AbsolutePath.TrimEnd('/');
        return name.Length <= MaxName ? name : $"{name[..MaxName]}…";
    }

    private readonly ref struct Source(string lead, JsonValue base64)
    {
        public string Lead { get; } = lead;

        public JsonValue Base64 { get; } = base64;
    }
}
