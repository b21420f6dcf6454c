namespace AotSidecar.Benchmarks;

/// <param name="Short">One round of everything with what is there already: finds what is broken, says nothing of speed.</param>
/// <param name="Only">Names of the measures to take; empty for all.</param>
/// <param name="Beside">Names of the peers to start; empty for all. Fewer make a shorter run while one thing is being worked on.</param>
/// <param name="Sidecar">Another executable than the repository's, to compare two builds.</param>
internal sealed record BenchmarkOptions(bool Short, IReadOnlyList<string> Only, IReadOnlyList<string> Beside, string? Sidecar)
{
    public const string Usage =
        """
        usage: dotnet run -c Release --project tests/AotSidecar.Benchmarks [-- [--short] [--only NAME,…] [--beside PEER,…] [--sidecar FILE]]
        names: start, idle, mint, small, reply, flat, paced, turn, store, journal
        peers: "empty slim", "Go proxy", Fastify, "codex proxy", chatkit-node
        """;

    public static BenchmarkOptions? Parse(string[] args)
    {
        var options = new BenchmarkOptions(false, [], [], null);
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--short":
                    options = options with { Short = true };
                    break;
                case "--only" when value is not null:
                    options = options with { Only = value.Split(',') };
                    i++;
                    break;
                case "--beside" when value is not null:
                    options = options with { Beside = value.Split(',') };
                    i++;
                    break;
                case "--sidecar" when value is not null:
                    options = options with { Sidecar = Path.GetFullPath(value) };
                    i++;
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
