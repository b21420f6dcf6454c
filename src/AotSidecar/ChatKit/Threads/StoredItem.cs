using AotSidecar.ChatKit.Protocol;
using AotSidecar.Providers.Requests;

namespace AotSidecar.ChatKit.Threads;

/// <summary>An item in its place in a thread. Replacing the item keeps the place.</summary>
internal sealed class StoredItem(ThreadItem item, Replay? replay)
{
    public ThreadItem Item { get; set; } = item;

    public Replay? Replay { get; set; } = replay;
}

/// <summary>What the model needs back beside an item's visible content, and nobody else ever sees.</summary>
internal sealed record Replay
{
    /// <summary>Of an assistant message.</summary>
    public string? Phase { get; init; }

    /// <summary>Encrypted reasoning items that led to the item, oldest first.</summary>
    public IReadOnlyList<ReasoningReplay> Reasoning { get; init; } = [];

    /// <summary>What the provider wants back with a client tool's call.</summary>
    public CallExtras? Extras { get; init; }

    /// <summary>Tools that ran in the extension host while a workflow was shown, in the order of the calls.</summary>
    public IReadOnlyList<ToolReplay> Tools { get; init; } = [];
}

/// <param name="Origin">The provider, key and model it came from.</param>
internal sealed record ReasoningReplay(byte[] Json, string Origin);

/// <param name="Reasoning">What led to this call, before it.</param>
internal sealed record ToolReplay(
    string CallId, string Name, string Arguments, string Output, IReadOnlyList<ReasoningReplay> Reasoning, CallExtras? Extras = null);
