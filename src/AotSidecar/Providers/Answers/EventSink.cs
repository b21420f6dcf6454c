using System.Diagnostics.CodeAnalysis;

namespace AotSidecar.Providers.Answers;

/// <summary>
/// Queue of events not read yet. A delta's instance is reused, so the usual single delta allocates nothing.
/// </summary>
internal sealed class EventSink
{
    private readonly Queue<ProviderEvent> _ready = new();
    private readonly ProviderEvent.TextDelta _delta = new();
    private bool _deltaWaits;

    /// <summary>Whether the last event has been added.</summary>
    public bool Ended { get; private set; }

    public void Add(ProviderEvent next)
    {
        if (!Ended)
        {
            _ready.Enqueue(next);
            Ended = next is ProviderEvent.Completed or ProviderEvent.Failed;
        }
    }

    public void AddText(int outputIndex, int contentIndex, bool refusal, ReadOnlyMemory<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return;
        }

        var delta = _deltaWaits ? new ProviderEvent.TextDelta() : _delta;
        _deltaWaits = true;
        delta.OutputIndex = outputIndex;
        delta.ContentIndex = contentIndex;
        delta.Refusal = refusal;
        delta.Utf8 = utf8;
        Add(delta);
    }

    public bool TryTake([NotNullWhen(true)] out ProviderEvent? next)
    {
        if (!_ready.TryDequeue(out next))
        {
            return false;
        }

        if (ReferenceEquals(next, _delta))
        {
            _deltaWaits = false;
        }

        return true;
    }
}
