using AotSidecar.Providers.Failures;

namespace AotSidecar.Providers.Sse;

/// <summary>
/// Refuses lines and events that are too long while they are still arriving. Pictures come as base64 inside one line, so
/// events that carry one may be larger; which they are is told from the event's name or the first bytes of its line.
/// </summary>
internal sealed class EventWeight(StreamLimits limits)
{
    /// <summary>The type stands among the first members in every recorded event; ids before it take under 100 bytes.</summary>
    private const int Prefix = 512;

    private bool _imageSeen;
    private bool _imageNow;

    private static ReadOnlySpan<byte> Image => "image_generation_call"u8;

    public void Name(ReadOnlySpan<byte> name)
    {
        _imageNow = IsImage(name);
        _imageSeen |= name.IndexOf(Image) >= 0;
    }

    public void EventEnded() => _imageNow = false;

    /// <exception cref="UpstreamException">Too large.</exception>
    public void Check(ReadOnlySpan<byte> line, int eventLength)
    {
        if (line.Length <= limits.Line && eventLength <= limits.Event)
        {
            return;
        }

        var largest = Math.Max(line.Length, eventLength);
        if (largest > limits.ImageEvent || !(_imageNow || IsImage(line[..Math.Min(line.Length, Prefix)])))
        {
            throw new UpstreamException(UpstreamFailures.TooLarge);
        }

        // the finished item and the whole response repeat a picture that earlier events have announced
        _imageSeen = true;
        _imageNow = true;
    }

    private bool IsImage(ReadOnlySpan<byte> head) =>
        head.IndexOf(Image) >= 0
        || head.IndexOf("data:image/"u8) >= 0
        || (_imageSeen && (head.IndexOf("response.output_item.done"u8) >= 0
            || head.IndexOf("response.completed"u8) >= 0
            || head.IndexOf("response.incomplete"u8) >= 0));
}
