using System.Numerics;

namespace AotSidecar.Benchmarks.Report;

internal static class Quantile
{
    public static T At<T>(IReadOnlyList<T> sorted, double quantile)
        where T : INumber<T> =>
        sorted[(int)Math.Round((sorted.Count - 1) * quantile, MidpointRounding.AwayFromZero)];

    /// <summary>Median, and half the distance between the quartiles: half of all values lie within it.</summary>
    public static (double Median, double Spread) Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (At(sorted, 0.5), (At(sorted, 0.75) - At(sorted, 0.25)) / 2);
    }
}
