namespace AotSidecar.Sessions;

/// <param name="Lifetime">Default and longest lifetime.</param>
internal sealed record SessionLimits(TimeSpan Lifetime, int MaxSessions);
