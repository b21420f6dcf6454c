using System.Text;

namespace AotSidecar.CommandLine;

/// <summary>Help texts. The lists of flags come from the tables that parse them.</summary>
internal static class Help
{
    public const string Overview =
        """
        aotsidecar: the local process behind an editor extension's AI chat

        usage:
          aotsidecar serve --bridge <pipe> [options]   what an extension spawns
          aotsidecar demo [options]                    try it without an extension, no key needed
          aotsidecar doctor [--json] [--online]        check what this machine needs
          aotsidecar --version
          aotsidecar <command> --help

        exit codes: 0 stopped, 1 internal error, 2 usage, 3 bridge, 4 cannot listen
        """;

    public static string Serve => Describe(
        """
        usage: aotsidecar serve --bridge <pipe> [options]

        Spawned by an editor extension. The first line on stdin is {"launchSecret":"…"}; stdin's end stops the
        process. stdout carries one line, ready or fatal; logs go to stderr. Nothing is read from files, the
        environment or the working directory but what a flag names.

        options:
        """,
        ServeFlags.All);

    public static string Describe<TOptions>(string head, IReadOnlyList<Flag<TOptions>> flags)
    {
        var text = new StringBuilder(head).AppendLine();
        foreach (var flag in flags)
        {
            text.Append("  ").Append($"{flag.Name} {flag.Value}".PadRight(28)).AppendLine(flag.Help);
        }

        return text.ToString().TrimEnd();
    }
}
