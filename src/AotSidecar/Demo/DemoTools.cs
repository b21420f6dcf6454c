using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AotSidecar.Bridge;

namespace AotSidecar.Demo;

/// <summary>The demo host's tools and actions: a widget, questions and a slow task, to show how each looks.</summary>
internal static class DemoTools
{
    /// <summary>Long enough to watch, short enough to wait for.</summary>
    private static readonly TimeSpan ReadTime = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan TestTime = TimeSpan.FromMilliseconds(1600);

    public static byte[] List { get; } = Encoding.UTF8.GetBytes(
        """
        {"tools":[
          {"name":"show_widget","title":"Showing a widget","description":"Shows a small widget with a button.","inputSchema":{"type":"object","properties":{},"additionalProperties":false}},
          {"name":"ask_questions","title":"Asking questions","description":"Asks the user two questions.","inputSchema":{"type":"object","properties":{},"additionalProperties":false}},
          {"name":"read_files","title":"Reading 3 files","description":"Reads some files.","inputSchema":{"type":"object"}},
          {"name":"run_tests","title":"Running the tests","description":"Runs some tests, of which one fails.","inputSchema":{"type":"object"}}
        ]}
        """);

    public static async ValueTask<byte[]?> CallAsync(JsonElement parameters, TimeProvider clock, CancellationToken cancellationToken)
    {
        var name = HostParams.Read(parameters, DemoJson.Default.DemoToolCall).Name;
        await Task.Delay(name switch { "read_files" => ReadTime, "run_tests" => TestTime, _ => TimeSpan.Zero }, clock, cancellationToken);
        return Result(name);
    }

    private static byte[] Result(string? name) => name switch
    {
        "read_files" => """{"content":[{"type":"text","text":"three files, 214 lines"}]}"""u8.ToArray(),
        "run_tests" => """{"content":[{"type":"text","text":"1 of 12 tests failed"}],"isError":true}"""u8.ToArray(),
        "show_widget" => Encoding.UTF8.GetBytes(
            $$$$$$"""{"content":[{"type":"text","text":"the widget is on screen"}],"events":[{"type":"thread.item.done","item":{"type":"widget","widget":{{{{{{Widget("nobody has pressed it yet")}}}}}}}}]}"""),
        "ask_questions" => Encoding.UTF8.GetBytes(
            """
            {"content":[{"type":"text","text":"the questions are on screen"}],"events":[{"type":"thread.item.done","item":{"type":"structured_input","status":"pending","inputs":[
              {"type":"multiple_choice","id":"editor","question":"Which editor do you use?","options":[{"value":"VS Code"},{"value":"Cursor"},{"value":"Another"}],"multiple":false},
              {"type":"freeform","id":"wish","question":"What should it do for you?","description":"One sentence is enough."}]}}]}
            """),
        _ => throw new HostMethodException(HostMethodException.InvalidParams, "no such tool"),
    };

    /// <summary>The widget's button was pressed; its text now says when.</summary>
    public static byte[] Act(JsonElement parameters)
    {
        var itemId = HostParams.Read(parameters, DemoJson.Default.DemoAction).ItemId;
        return Encoding.UTF8.GetBytes(
            $$$$$$"""{"updatedItem":{"type":"widget","id":"{{{{{{JsonEncodedText.Encode(itemId)}}}}}}","widget":{{{{{{Widget("it was pressed: the action went through the pipe to the host and back")}}}}}}}}""");
    }

    private static string Widget(string state) =>
        $$$$$$"""{"type":"Card","children":[{"type":"Title","value":"A widget from the host"},{"type":"Text","id":"state","value":"The button below: {{{{{{state}}}}}}."},{"type":"Button","label":"Press me","onClickAction":{"type":"demo.press"}}]}""";
}

/// <summary>What the demo's host reads of the params of <c>tools/call</c>.</summary>
internal sealed record DemoToolCall
{
    public required string Name { get; init; }
}

/// <summary>What the demo's host reads of the params of <c>actions/invoke</c>.</summary>
internal sealed record DemoAction
{
    public required string ItemId { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(DemoToolCall))]
[JsonSerializable(typeof(DemoAction))]
internal sealed partial class DemoJson : JsonSerializerContext;
