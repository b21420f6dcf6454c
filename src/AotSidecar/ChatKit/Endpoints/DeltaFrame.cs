using System.Text;
using System.Text.Json;

namespace AotSidecar.ChatKit.Endpoints;

/// <summary>What stands around the text of one growing text's delta events. The instance is the text's identity: one for each.</summary>
internal sealed class DeltaFrame
{
    private DeltaFrame(string itemId, string update, string end)
    {
        Start = Encoding.UTF8.GetBytes(
            $$"""data: {"type":"thread.item.updated","item_id":"{{JsonEncodedText.Encode(itemId)}}","update":{{{update}},"delta":""" + "\"");
        End = Encoding.UTF8.GetBytes(end);
    }

    /// <summary>Up to and with the quote that opens the delta.</summary>
    public byte[] Start { get; }

    /// <summary>From the quote that closes the delta to the event's empty line.</summary>
    public byte[] End { get; }

    public static DeltaFrame OfMessage(string itemId, int part) => new(
        itemId, $"\"type\":\"assistant_message.content_part.text_delta\",\"content_index\":{part}", "\"}}\n\n");

    public static DeltaFrame OfWidget(string itemId, string componentId) => new(
        itemId,
        $"\"type\":\"widget.streaming_text.value_delta\",\"component_id\":\"{JsonEncodedText.Encode(componentId)}\"",
        "\",\"done\":false}}\n\n");
}
