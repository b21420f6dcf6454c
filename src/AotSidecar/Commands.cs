using AotSidecar.CommandLine;
using AotSidecar.Demo;
using AotSidecar.Doctor;
using AotSidecar.Process;

namespace AotSidecar;

/// <summary>Runs the command that the arguments name.</summary>
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
        ["demo", .. var rest] when AsksForHelp(rest) => Print(Help.Describe(
            "usage: aotsidecar demo [options]\n\nTries everything without an extension. OPENAI_API_KEY is used if set, else a built-in echo model.\n\noptions:",
            DemoOptions.Flags)),
        ["demo", .. var rest] => DemoCommand.RunAsync(ParseDemo(rest), TextOutput(), Console.OpenStandardError()),
        ["doctor", .. var rest] when AsksForHelp(rest) => Print(Help.Describe("usage: aotsidecar doctor [options]", DoctorOptions.Flags)),
        ["doctor", .. var rest] => DoctorCommand.RunAsync(ParseDoctor(rest), TextOutput()),
        [] => throw FatalException.Usage($"no command given{Environment.NewLine}{Environment.NewLine}{Help.Overview}"),
        [var other, ..] => throw FatalException.Usage(
            $"unknown command {(other.Length <= 64 ? other : other[..64])}{Environment.NewLine}{Environment.NewLine}{Help.Overview}"),
    };

    private static DemoOptions ParseDemo(string[] arguments)
    {
        var options = new DemoOptions();
        FlagParser.Parse("demo", DemoOptions.Flags, arguments, options);
        return options;
    }

    private static DoctorOptions ParseDoctor(string[] arguments)
    {
        var options = new DoctorOptions();
        FlagParser.Parse("doctor", DoctorOptions.Flags, arguments, options);
        return options;
    }

    private static bool AsksForHelp(string[] arguments) => arguments.Any(static argument => argument is "--help" or "-h");

    /// <summary>A Windows console defaults to a legacy code page, and models answer in every language.</summary>
    private static TextWriter TextOutput()
    {
        if (OperatingSystem.IsWindows())
        {
            Console.OutputEncoding = System.Text.Encoding.UTF8;
        }

        return Console.Out;
    }

    private static async Task<int> Print(string text)
    {
        await Console.Out.WriteLineAsync(text);
        return ExitCode.Ok;
    }
}
