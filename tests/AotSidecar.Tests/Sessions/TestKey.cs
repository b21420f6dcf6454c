namespace AotSidecar.Tests.Sessions;

/// <summary>A key whose hash collides on purpose: chains are part of what is tested.</summary>
internal readonly record struct TestKey(int Value)
{
    public override int GetHashCode() => Value % 7;
}
