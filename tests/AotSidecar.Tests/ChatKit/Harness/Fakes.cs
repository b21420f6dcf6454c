namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>What stands at the process's boundaries.</summary>
internal sealed class Fakes
{
    public FakeModel Model { get; } = new();

    public FakeExtensionHost Host { get; } = new();

    public FakeSecrets Secrets { get; } = new();

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public Stream Stderr { get; set; } = Stream.Null;
}
