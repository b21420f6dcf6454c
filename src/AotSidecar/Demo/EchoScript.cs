using System.Text.Json;

namespace AotSidecar.Demo;

/// <summary>
/// What the built-in model says: Responses API events with pauses between them. Some words that start with a slash show
/// other kinds of answers.
/// </summary>
internal static class EchoScript
{
    private static readonly TimeSpan WordPause = TimeSpan.FromMilliseconds(35);
    private static readonly TimeSpan ThoughtPause = TimeSpan.FromMilliseconds(60);

    /// <summary>A small picture of rings, as PNG.</summary>
    private const string Picture =
        "iVBORw0KGgoAAAANSUhEUgAAAEAAAABABAMAAABYR2ztAAAAElBMVEVLeOZfjPB9pfqgvv/I1//w9P8Cw5WpAAABD0lEQVR42t2V0RGCQAxEYw"
        + "dqB0IHSAdoB9h/K3LJJbfgeYvDn/ly3DcvN8Al8lpqftQrZYL5dLdCIgGbGJCnAvNnHoQCtdyJ5wLM1dyJBbAfH/l9NIV8E7jCgFqeCVk16LR6"
        + "bCIgGDovUEgRlNyJcQVgngkHJujv1XsPqQuKQuqConBgK8gKBUBwu6QCxejAALkTDkwh8DwTqlgBkV+uCESHIsgK7QEA5KYAYCswRb8PiDPq/2"
        + "cRiR56SgXiCCk3Ig4RgHbQXE7e43fAOliPPwaOPajmu2i+zeMfzL5vsvlV03tBbxa9m/x20/lAJwydUXzK0TnJJy2d1c1pT/cF3Th0Z/GtR/cm"
        + "37x0d7e3/xuNMV8Q+VeAqAAAAABJRU5ErkJggg==";

    public static IEnumerable<(TimeSpan Pause, string Json)> For(JsonElement request)
    {
        var (text, toolOutput) = Last(request);
        yield return (TimeSpan.Zero, """{"type":"response.created","response":{"id":"resp_echo","status":"in_progress","model":"echo"}}""");
        var index = 0;
        var events = toolOutput ? Say(ref index, $"The tool answered: {text}")
            : text switch
            {
                "/think" => [.. Think(ref index), .. Say(ref index, "I thought about it. **Thinking** shows as a folded line above the answer.")],
                "/sources" => [.. Search(ref index), .. Cite(ref index)],
                "/image" => Draw(ref index),
                "/widget" => CallTool(ref index, "show_widget"),
                "/questions" => CallTool(ref index, "ask_questions"),
                "/tool" => CallTool(ref index, "page_title"),
                "/work" => [.. CallTool(ref index, "read_files"), .. CallTool(ref index, "run_tests")],
                "/fail" => [(WordPause, """{"type":"error","error":{"type":"insufficient_quota","code":"insufficient_quota","message":"no quota"}}""")],
                _ => Say(ref index, Echo(text)),
            };
        foreach (var one in events)
        {
            yield return one;
        }

        if (text != "/fail")
        {
            yield return (TimeSpan.Zero, """{"type":"response.completed","response":{"id":"resp_echo","status":"completed","usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}}""");
        }
    }

    private static string Echo(string text) =>
        $"""
        You said: **{text.ReplaceLineEndings(" ").Trim()}**

        I am the built-in *echo* model: I repeat what I am told, word by word, so that you can try the whole way without a key. With `OPENAI_API_KEY` set, or with `--upstream-url`, a real model answers here.

        Also try:

        - `/think` for a model that thinks aloud
        - `/sources` for an answer with sources, `/image` for a picture
        - `/work` for tools of the editor, `/widget`, `/questions` and `/tool` for what else an extension can add
        - `/fail` for a provider in trouble
        """;

    /// <summary>The text of the newest user message, or the output of the tool that just ran.</summary>
    private static (string Text, bool ToolOutput) Last(JsonElement request)
    {
        if (!request.TryGetProperty("input", out var input) || input.ValueKind != JsonValueKind.Array || input.GetArrayLength() == 0)
        {
            return ("", false);
        }

        var last = input[input.GetArrayLength() - 1];
        if (last.TryGetProperty("type", out var type) && type.GetString() == "function_call_output")
        {
            return (last.GetProperty("output").ToString(), true);
        }

        var content = last.TryGetProperty("content", out var parts) ? parts : default;
        var text = content.ValueKind switch
        {
            JsonValueKind.String => content.GetString() ?? "",
            JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(static p => p.TryGetProperty("text", out var t) ? t.GetString() : "")),
            _ => "",
        };
        return (text.Trim(), false);
    }

    private static List<(TimeSpan, string)> Say(ref int index, string text, string annotations = "")
    {
        var at = index++;
        var id = $"msg_{Guid.NewGuid():N}";
        var all = JsonEncodedText.Encode(text);
        var events = new List<(TimeSpan, string)>
        {
            (WordPause, $$$$$$"""{"type":"response.output_item.added","output_index":{{{{{{at}}}}}},"item":{"id":"{{{{{{id}}}}}}","type":"message","role":"assistant","content":[]}}"""),
            (TimeSpan.Zero, $$$$$$"""{"type":"response.content_part.added","output_index":{{{{{{at}}}}}},"content_index":0,"item_id":"{{{{{{id}}}}}}","part":{"type":"output_text","text":"","annotations":[]}}"""),
        };
        events.AddRange(Words(text).Select(word => (
            WordPause, $$$$$$"""{"type":"response.output_text.delta","output_index":{{{{{{at}}}}}},"content_index":0,"item_id":"{{{{{{id}}}}}}","delta":"{{{{{{JsonEncodedText.Encode(word)}}}}}}"}""")));
        events.Add((TimeSpan.Zero, $$$$$$"""{"type":"response.output_text.done","output_index":{{{{{{at}}}}}},"content_index":0,"item_id":"{{{{{{id}}}}}}","text":"{{{{{{all}}}}}}"}"""));
        events.Add((TimeSpan.Zero, $$$$$$"""{"type":"response.output_item.done","output_index":{{{{{{at}}}}}},"item":{"id":"{{{{{{id}}}}}}","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"{{{{{{all}}}}}}","annotations":[{{{{{{annotations}}}}}}]}]}}"""));
        return events;
    }

    /// <summary>Each word with the blanks before it.</summary>
    private static IEnumerable<string> Words(string text)
    {
        var start = 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]) && !char.IsWhiteSpace(text[i - 1]))
            {
                yield return text[start..i];
                start = i;
            }
        }

        yield return text[start..];
    }

    private static List<(TimeSpan, string)> Think(ref int index)
    {
        var at = index++;
        const string Thought = "**Weighing the question**\n\nThe reader wants to see thinking. I will think for a moment, then answer.";
        var all = JsonEncodedText.Encode(Thought);
        var events = new List<(TimeSpan, string)>
        {
            (WordPause, $$$$$$"""{"type":"response.output_item.added","output_index":{{{{{{at}}}}}},"item":{"id":"rs_echo","type":"reasoning","summary":[]}}"""),
        };
        events.AddRange(Words(Thought).Select(word => (
            ThoughtPause, $$$$$$"""{"type":"response.reasoning_summary_text.delta","output_index":{{{{{{at}}}}}},"summary_index":0,"item_id":"rs_echo","delta":"{{{{{{JsonEncodedText.Encode(word)}}}}}}"}""")));
        events.Add((TimeSpan.Zero, $$$$$$"""{"type":"response.reasoning_summary_text.done","output_index":{{{{{{at}}}}}},"summary_index":0,"item_id":"rs_echo","text":"{{{{{{all}}}}}}"}"""));
        events.Add((TimeSpan.Zero, $$$$$$"""{"type":"response.output_item.done","output_index":{{{{{{at}}}}}},"item":{"id":"rs_echo","type":"reasoning","summary":[{"type":"summary_text","text":"{{{{{{all}}}}}}"}]}}"""));
        return events;
    }

    private static List<(TimeSpan, string)> Search(ref int index)
    {
        var at = index++;
        return
        [
            (WordPause, $$$$$$"""{"type":"response.output_item.added","output_index":{{{{{{at}}}}}},"item":{"id":"ws_echo","type":"web_search_call","status":"in_progress"}}"""),
            (TimeSpan.FromMilliseconds(600), $$$$$$"""{"type":"response.output_item.done","output_index":{{{{{{at}}}}}},"item":{"id":"ws_echo","type":"web_search_call","status":"completed","action":{"type":"search","query":"native executables that start fast","sources":[{"type":"url","url":"https://example.org/start"},{"type":"url","url":"https://example.org/size"}]}}}"""),
        ];
    }

    private static List<(TimeSpan, string)> Cite(ref int index)
    {
        const string Text = "A native executable starts at once. It is also small.";
        return Say(ref index, Text,
            """{"type":"url_citation","start_index":0,"end_index":35,"title":"How it starts","url":"https://example.org/start"},"""
            + $$$$$$"""{"type":"url_citation","start_index":36,"end_index":{{{{{{Text.Length}}}}}},"title":"How small it is","url":"https://example.org/size"}""");
    }

    private static List<(TimeSpan, string)> Draw(ref int index)
    {
        var at = index++;
        return
        [
            (WordPause, $$$$$$"""{"type":"response.output_item.added","output_index":{{{{{{at}}}}}},"item":{"id":"ig_echo","type":"image_generation_call","status":"in_progress"}}"""),
            (TimeSpan.FromMilliseconds(800), $$$$$$"""{"type":"response.image_generation_call.partial_image","output_index":{{{{{{at}}}}}},"item_id":"ig_echo","partial_image_index":0,"partial_image_b64":"{{{{{{Picture}}}}}}"}"""),
            (TimeSpan.FromMilliseconds(800), $$$$$$"""{"type":"response.output_item.done","output_index":{{{{{{at}}}}}},"item":{"id":"ig_echo","type":"image_generation_call","status":"completed","output_format":"png","result":"{{{{{{Picture}}}}}}"}}"""),
        ];
    }

    private static List<(TimeSpan, string)> CallTool(ref int index, string name)
    {
        var at = index++;
        var id = Guid.NewGuid().ToString("N");
        return
        [
            (WordPause, $$$$$$"""{"type":"response.output_item.added","output_index":{{{{{{at}}}}}},"item":{"id":"fc_{{{{{{id}}}}}}","type":"function_call","call_id":"call_{{{{{{id}}}}}}","name":"{{{{{{name}}}}}}","arguments":""}}"""),
            (WordPause, $$$$$$"""{"type":"response.output_item.done","output_index":{{{{{{at}}}}}},"item":{"id":"fc_{{{{{{id}}}}}}","type":"function_call","call_id":"call_{{{{{{id}}}}}}","name":"{{{{{{name}}}}}}","arguments":"{}","status":"completed"}}"""),
        ];
    }
}
