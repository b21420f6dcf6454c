namespace AotSidecar.Tests.Sessions;

/// <summary>Numbers without a pattern, the same on every run (xorshift).</summary>
internal sealed class Noise(int seed)
{
    private uint _state = (uint)seed + 0x9e3779b9;

    public int Next(int below)
    {
        _state ^= _state << 13;
        _state ^= _state >> 17;
        _state ^= _state << 5;
        return (int)(_state % (uint)below);
    }
}
