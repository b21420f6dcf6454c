using System.Collections.Concurrent;
using System.Text;
using AotSidecar.Providers.Client;

namespace AotSidecar.Providers.Answers;

/// <summary>Logs each type of event or item that is not known, once for each client.</summary>
internal sealed class UnknownTypes
{
    /// <summary>The protocol has about sixty; a provider that invents more is not worth a longer log.</summary>
    private const int Capacity = 100;

    private const int MaxLength = 80;

    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);

    public void Report(ILogger logger, ReadOnlySpan<byte> type)
    {
        if (_seen.Count >= Capacity)
        {
            return;
        }

        // a name from outside: only what a type looks like may reach the log
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
