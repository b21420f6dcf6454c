using System.Diagnostics;

namespace AotSidecar.Benchmarks.Net;

/// <summary>CLOCK_MONOTONIC: one clock for all processes of a machine, so that a stamp can travel through the program under test.</summary>
internal static class MonotonicClock
{
    public const long Second = 1_000_000_000;
    public const long Millisecond = 1_000_000;

    /// <summary>Nanoseconds; on Linux a Stopwatch tick is one.</summary>
    public static long Now => Stopwatch.GetTimestamp();
}
