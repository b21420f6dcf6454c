using System.Text;
using System.Text.Json;
using AotSidecar.ExtensionHost;

namespace AotSidecar.Demo;

/// <summary>The tools and actions of the demo's host: they put a widget and questions into the chat, so that a newcomer sees how that looks.</summary>
internal static class DemoTools
{
    public static byte[] List { get; } = Encoding.UTF8.GetBytes(
        """
        {"tools":[
          {"name":"show_widget","title":"Showing a widget","description":"Shows a small widget with a button.","inputSchema":{"type":"object","properties":{},"additionalProperties":false}},
          {"name":"ask_questions","title":"Asking questions","description":"Asks the user two questions.","inputSchema":{"type":"object","properties":{},"additionalProperties":false}}
        ]}
        """);

    public static byte[] Call(JsonElement parameters) => HostParams.String(parameters, "name") switch
    {
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

    /// <summary>The button of the widget: its text tells when it was pressed.</summary>
    public static byte[] Act(JsonElement parameters)
    {
        var itemId = HostParams.String(parameters, "itemId")
            ?? throw new HostMethodException(HostMethodException.InvalidParams, "no widget");
        return Encoding.UTF8.GetBytes(
            $$$$$$"""{"updatedItem":{"type":"widget","id":"{{{{{{JsonEncodedText.Encode(itemId)}}}}}}","widget":{{{{{{Widget("it was pressed: the action went through the pipe to the host and back")}}}}}}}}""");
    }

    private static string Widget(string state) =>
        $$$$$$"""{"type":"Card","children":[{"type":"Title","value":"A widget from the host"},{"type":"Text","id":"state","value":"The button below: {{{{{{state}}}}}}."},{"type":"Button","label":"Press me","onClickAction":{"type":"demo.press"}}]}""";
}
