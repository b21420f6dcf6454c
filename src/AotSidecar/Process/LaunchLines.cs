using System.Text;
using System.Text.Json;

namespace AotSidecar.Process;

/// <summary>The one line that the process writes to stdout: <c>ready</c> or <c>fatal</c>.</summary>
internal static class LaunchLines
{
    /// <summary>Changes only when a promise of docs/contract.md does.</summary>
    public const int ProtocolVersion = 1;

    private static int _made;

    public static void WriteReady(Stream stdout, int port)
    {
        var line = TryMake(writer =>
        {
            writer.WriteString("event"u8, "ready"u8);
            writer.WriteNumber("protocolVersion"u8, ProtocolVersion);
            writer.WriteNumber("port"u8, port);
            writer.WriteNumber("pid"u8, Environment.ProcessId);
            writer.WriteString("version"u8, SidecarVersion.Text);
        });
        try
        {
            stdout.Write(line);
            stdout.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody reads stdout, or it was closed. The host's end is noticed on stdin and on the pipe.
        }
    }

    /// <returns>Null after the ready line: the host sees the end of the process itself.</returns>
    public static byte[]? TryMakeFatal(FatalException fatal) => TryMake(writer =>
    {
        writer.WriteString("event"u8, "fatal"u8);
        writer.WriteString("code"u8, fatal.Code);
        writer.WriteString("message"u8, fatal.Message);
    });

    private static byte[]? TryMake(Action<Utf8JsonWriter> members)
    {
        if (Interlocked.Exchange(ref _made, 1) == 1)
        {
            return null;
        }

        using var line = new MemoryStream();
        using (var writer = new Utf8JsonWriter(line))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        return line.ToArray();
    }

    public static string Describe(FatalException fatal) =>
        new StringBuilder("aotsidecar: ").Append(fatal.Message).Append(" (").Append(fatal.Code).Append(')').ToString();
}
