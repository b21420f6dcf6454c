using AotSidecar.CommandLine;
using AotSidecar.Hosting;

namespace AotSidecar;

/// <summary>Picks the command that the arguments name.</summary>
internal static class Commands
{
    /// <exception cref="FatalException">The arguments are wrong, or the command cannot begin.</exception>
    public static Task<int> RunAsync(string[] arguments) => arguments switch
    {
        ["--version"] => Print($"{SidecarVersion.Name} {SidecarVersion.Text}"),
        ["--help" or "-h" or "help"] => Print(Help.Overview),
        ["serve", .. var rest] when AsksForHelp(rest) => Print(Help.Serve),
        ["serve", .. var rest] => ServeCommand.RunAsync(
            ServeFlags.Parse(rest), Console.OpenStandardInput(), Console.OpenStandardOutput(), Console.OpenStandardError()),
        [] => throw FatalException.Usage($"no command given{Environment.NewLine}{Environment.NewLine}{Help.Overview}"),
        [var other, ..] => throw FatalException.Usage(
            $"unknown command {(other.Length <= 64 ? other : other[..64])}{Environment.NewLine}{Environment.NewLine}{Help.Overview}"),
    };

    private static bool AsksForHelp(string[] arguments) => arguments.Any(static argument => argument is "--help" or "-h");

    private static async Task<int> Print(string text)
    {
        await Console.Out.WriteLineAsync(text);
        return ExitCode.Ok;
    }
}
