using AotSidecar.Sessions;

namespace AotSidecar.Tests.Sessions;

/// <summary>A key whose hash collides on purpose: chains are part of what is tested.</summary>
internal readonly record struct TestKey(int Value)
{
    public override int GetHashCode() => Value % 7;
}

/// <summary>Something to hold in a dictionary, told apart by its name.</summary>
internal sealed class TestEntry(TestKey key, string name) : ExpiringDictionary<TestKey, TestEntry>.Entry(key)
{
    public string Name { get; } = name;
}
