using System.Text;
using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Turns;

/// <summary>Writes updates of items. Growing text of a widget is gathered like that of a message.</summary>
internal sealed class WidgetTextWriter(EventStream stream)
{
    private readonly Dictionary<(string Item, string Component), DeltaFrame> _frames = [];

    public void Write(ItemUpdatedEvent update)
    {
        if (update.Update is not WidgetTextDelta { Done: false } delta)
        {
            stream.Write(update);
            return;
        }

        var key = (update.ItemId, delta.ComponentId);
        if (!_frames.TryGetValue(key, out var frame))
        {
            frame = _frames[key] = DeltaFrame.OfWidget(update.ItemId, delta.ComponentId);
        }

        stream.WriteDelta(frame, Encoding.UTF8.GetBytes(delta.Delta));
    }
}
