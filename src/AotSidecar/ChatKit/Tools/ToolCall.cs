using AotSidecar.ChatKit.Threads;
using AotSidecar.Providers.Requests;

namespace AotSidecar.ChatKit.Tools;

/// <summary>A function the model asked for.</summary>
/// <param name="ItemId">The provider's id of the call, or null.</param>
/// <param name="Arguments">JSON text as the model wrote it; may be invalid.</param>
/// <param name="Reasoning">What led to the call.</param>
/// <param name="Extras">What the provider wants back with the call.</param>
internal sealed record ToolCall(
    string? ItemId, string CallId, string Name, string Arguments, IReadOnlyList<ReasoningReplay> Reasoning, CallExtras? Extras = null);
