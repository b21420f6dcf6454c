using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;

namespace AotSidecar.Providers.Failures;

/// <summary>How long a provider asks to wait, read from the places where providers say it.</summary>
internal static class ServerDelay
{
    /// <summary>Beyond an hour a provider's number is a mistake or a lockout, and of no use as a countdown.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>From the headers, or null.</summary>
    public static TimeSpan? FromHeaders(HttpResponseHeaders headers, TimeProvider clock)
    {
        if (headers.TryGetValues("retry-after-ms", out var values)
            && double.TryParse(
                values.First(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var milliseconds))
        {
            return Sane(milliseconds / 1000);
        }

        return headers.RetryAfter switch
        {
            { Delta: { } delta } => Sane(delta.TotalSeconds),
            { Date: { } date } => Sane((date - clock.GetUtcNow()).TotalSeconds),
            _ => null,
        };
    }

    /// <summary>From a sentence such as "try again in 6.4s", which is all a stream has.</summary>
    public static TimeSpan? FromMessage(string message)
    {
        const string Lead = "try again in ";
        var start = message.IndexOf(Lead, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
        {
            return null;
        }

        var rest = message.AsSpan(start + Lead.Length);
        var length = rest.IndexOfAnyExcept(Digits);
        if (length <= 0
            || !double.TryParse(
                rest[..length].TrimEnd('.'),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var number))
        {
            return null;
        }

        var unit = rest[length..].TrimStart();
        return unit.StartsWith("ms") ? Sane(number / 1000) : unit.StartsWith("s") ? Sane(number) : null;
    }

    /// <summary>What a countdown can show: whole seconds up, an hour at most.</summary>
    public static TimeSpan? ForReader(TimeSpan? delay) => delay switch
    {
        null => null,
        { } value when value < TimeSpan.FromSeconds(1) => TimeSpan.FromSeconds(1),
        { } value when value > Longest => Longest,
        _ => delay,
    };

    private static TimeSpan? Sane(double seconds) =>
        seconds > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, Longest.TotalSeconds)) : null;
}
