namespace AotSidecar.NativeTests.Harness;

/// <summary>The streams that the provider's unit tests have on file.</summary>
internal static class Recording
{
    public static string Text(string name) => File.ReadAllText(
        Path.Combine(RepositoryRoot.Path, "tests", "AotSidecar.Tests", "Providers", "Fixtures", $"{name}.sse"));

    /// <summary>The events, each with its blank line.</summary>
    public static IReadOnlyList<string> Events(string name) =>
        [.. Text(name).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(lines => lines + "\n\n")];

    public static Func<ProviderExchange, Task> Play(string name) => exchange => PlayAsync(exchange, Text(name));

    /// <summary>One stream, in one piece.</summary>
    public static async Task PlayAsync(ProviderExchange exchange, string stream, string headers = "")
    {
        await exchange.BeginStreamAsync(headers);
        await exchange.EventAsync(stream);
        await exchange.EndStreamAsync();
    }
}
