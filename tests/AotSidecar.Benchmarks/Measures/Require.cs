using AotSidecar.Benchmarks.Net;

namespace AotSidecar.Benchmarks.Measures;

internal static class Require
{
    /// <summary>A fast relay that loses deltas is not fast.</summary>
    public static void Deltas(HttpConnection connection, int expected)
    {
        if (connection.Deltas.Count != expected)
        {
            throw new InvalidDataException($"{connection.Deltas.Count} deltas arrived instead of {expected}.");
        }
    }
}
