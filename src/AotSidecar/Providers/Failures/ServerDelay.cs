using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;

namespace AotSidecar.Providers.Failures;

/// <summary>The delay that a provider asks for, from headers or its message.</summary>
internal static class ServerDelay
{
    /// <summary>More than an hour is a mistake or a lockout, and useless as a countdown.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    private static readonly string[] Leads = ["try again in ", "retry in ", "retry after "];

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

            // Some send a fraction, which the format does not allow; a number beyond all time is no delay.
            _ => headers.TryGetValues("Retry-After", out values)
                && double.TryParse(values.First(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
                && seconds < int.MaxValue
                    ? Sane(seconds)
                    : null,
        };
    }

    /// <summary>From a sentence such as "try again in 1m6.4s", which is all a stream has.</summary>
    public static TimeSpan? FromMessage(string message)
    {
        foreach (var lead in Leads)
        {
            var start = message.IndexOf(lead, StringComparison.OrdinalIgnoreCase);
            if (start >= 0 && Duration(message.AsSpan(start + lead.Length)) is { } seconds)
            {
                return Sane(seconds);
            }
        }

        return null;
    }

    /// <summary>
    /// A duration such as <c>1m12.5s</c>, <c>34.07s</c>, <c>200ms</c> or <c>20 seconds</c>, in seconds.
    /// </summary>
    private static double? Duration(ReadOnlySpan<char> text)
    {
        double? total = null;
        while (text.IndexOfAnyExcept(Digits) is > 0 and var length
            && double.TryParse(
                text[..length].TrimEnd('.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            var unit = text[length..].TrimStart();
            var factor = unit.StartsWith("ms") ? 0.001 : unit.StartsWith("s") ? 1 : unit.StartsWith("m") ? 60 : unit.StartsWith("h") ? 3600 : 0;
            if (factor == 0)
            {
                break;
            }

            total = (total ?? 0) + (number * factor);
            text = unit[(factor == 0.001 ? 2 : 1)..];
        }

        return total;
    }

    /// <summary>Clamped for a countdown: 1 s to 1 h.</summary>
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
