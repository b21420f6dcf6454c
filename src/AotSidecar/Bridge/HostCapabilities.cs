namespace AotSidecar.Bridge;

/// <summary>What the host said in its <c>initialize</c> result that it can be asked for.</summary>
internal sealed record HostCapabilities(bool Tools, bool Actions, bool Feedback)
{
    public static HostCapabilities None { get; } = new(Tools: false, Actions: false, Feedback: false);
}
