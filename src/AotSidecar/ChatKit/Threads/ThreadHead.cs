using System.Text.Json;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Threads;

/// <param name="Metadata">The integrator's; never sent.</param>
internal sealed record ThreadHead(
    string? Title, ThreadStatus Status, IReadOnlyList<string>? AllowedImageDomains, JsonElement Metadata)
{
    public static ThreadHead New { get; } = new(null, ThreadStatus.Active, null, ChatKitJson.EmptyObject);
}
