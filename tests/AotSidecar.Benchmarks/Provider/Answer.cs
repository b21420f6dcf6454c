using System.Globalization;
using AotSidecar.Benchmarks.Net;

namespace AotSidecar.Benchmarks.Provider;

/// <summary>
/// How a request wants to be answered. It is said by the model's name, because that passes through every program under
/// test: <c>bench-flat-N</c>, <c>bench-paced-RATE-N</c>, <c>bench-short</c>, <c>bench-items-N</c>.
/// </summary>
/// <param name="Messages">Output items; more than one come whole, without deltas.</param>
/// <param name="Deltas">In each message.</param>
/// <param name="Interval">Nanoseconds between deltas, 0 for as fast as the reader takes them.</param>
internal sealed record Answer(int Messages, int Deltas, long Interval)
{
    // What a one-sentence reply comes to.
    private const int ShortDeltas = 7;

    public static string Flat(int deltas) => $"bench-flat-{deltas}";

    public static string Paced(int perSecond, int deltas) => $"bench-paced-{perSecond}-{deltas}";

    public static string Short => "bench-short";

    public static string Items(int count) => $"bench-items-{count}";

    public static Answer Parse(string model)
    {
        var parts = model.Split('-');
        return parts switch
        {
            ["bench", "flat", var count] => new Answer(1, Number(count), 0),
            ["bench", "paced", var rate, var count] => new Answer(1, Number(count), MonotonicClock.Second / Number(rate)),
            ["bench", "items", var count] => new Answer(Number(count), 0, 0),
            _ => new Answer(1, ShortDeltas, 0),
        };
    }

    private static int Number(string digits) => int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
