using System.Collections.Concurrent;
using System.Text;
using AotSidecar.Providers.Client;

namespace AotSidecar.Providers.Answers;

/// <summary>Logs each unknown event or item type once.</summary>
internal sealed class UnknownTypes
{
    /// <summary>The protocol has about 60; bounds the log.</summary>
    private const int Capacity = 100;

    private const int MaxLength = 80;

    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);

    public void Report(ILogger logger, ReadOnlySpan<byte> type)
    {
        if (_seen.Count >= Capacity)
        {
            return;
        }

        // Text of the provider: logged only if it looks like a type's name.
        var name = type.Length is > 0 and <= MaxLength && type.IndexOfAnyExcept(Allowed) < 0
            ? Encoding.ASCII.GetString(type)
            : "(no name)";
        if (_seen.TryAdd(name, true))
        {
            logger.UnknownType(name);
        }
    }

    private static readonly System.Buffers.SearchValues<byte> Allowed =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_."u8);
}
