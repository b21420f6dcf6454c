using System.Globalization;

namespace AotSidecar.Benchmarks.Servers;

/// <summary>What the kernel says of a process.</summary>
internal static class ProcFiles
{
    public static double ResidentMiB(int processId) => KiB($"/proc/{processId}/status", "VmRSS:") / 1024;

    /// <summary>Proportional memory: pages shared with other processes count by their share.</summary>
    public static double ProportionalMiB(int processId) => KiB($"/proc/{processId}/smaps_rollup", "Pss:") / 1024;

    /// <summary>Processor time of all threads that live now, in ms. Nanoseconds per thread: the ticks of <c>stat</c> are 10 ms.</summary>
    public static double ProcessorMs(int processId)
    {
        var total = 0L;
        foreach (var thread in Directory.EnumerateDirectories($"/proc/{processId}/task"))
        {
            try
            {
                var text = File.ReadAllText(thread + "/schedstat");
                total += long.Parse(text.AsSpan(0, text.IndexOf(' ')), CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // The thread has ended since it was listed.
            }
        }

        return total / 1e6;
    }

    private static double KiB(string file, string name)
    {
        var line = File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line[name.Length..^"kB".Length], CultureInfo.InvariantCulture);
    }
}
