using System.Text;
using System.Text.Json;

namespace AotSidecar.ChatKit.Endpoints;

/// <summary>
/// The JSON around the text in the delta events of one growing text. The instance identifies that text.
/// </summary>
internal sealed class DeltaFrame
{
    private DeltaFrame(string itemId, string update, string end)
    {
        Start = Encoding.UTF8.GetBytes(
            $$"""data: {"type":"thread.item.updated","item_id":"{{JsonEncodedText.Encode(itemId)}}","update":{{{update}},"delta":""" + "\"");
        End = Encoding.UTF8.GetBytes(end);
    }

    /// <summary>Up to and including the opening quote of the delta.</summary>
    public byte[] Start { get; }

    /// <summary>From the closing quote of the delta to the event's empty line.</summary>
    public byte[] End { get; }

    public static DeltaFrame OfMessage(string itemId, int part) => new(
        itemId, $"\"type\":\"assistant_message.content_part.text_delta\",\"content_index\":{part}", "\"}}\n\n");

    public static DeltaFrame OfWidget(string itemId, string componentId) => new(
        itemId,
        $"\"type\":\"widget.streaming_text.value_delta\",\"component_id\":\"{JsonEncodedText.Encode(componentId)}\"",
        "\",\"done\":false}}\n\n");
}
