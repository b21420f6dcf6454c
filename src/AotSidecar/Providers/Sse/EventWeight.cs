using AotSidecar.Providers.Failures;

namespace AotSidecar.Providers.Sse;

/// <summary>
/// Rejects lines and events that are too long while they arrive. Events with images (base64 in one line) may be larger;
/// the event's type is found near the start of the line.
/// </summary>
internal sealed class EventWeight(StreamLimits limits)
{
    /// <summary>The type is near the start in every recorded event; ids before it take under 100 bytes.</summary>
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

        // The finished item and the final response repeat an image that earlier events announced.
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
