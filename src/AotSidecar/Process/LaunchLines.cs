using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AotSidecar.Process;

/// <summary>The one line that the process writes to stdout: <c>ready</c> or <c>fatal</c>.</summary>
internal static class LaunchLines
{
    /// <summary>Changes only when a promise of docs/contract.md does.</summary>
    public const int ProtocolVersion = 1;

    private static int _made;

    public static void WriteReady(Stream stdout, int port)
    {
        var line = TryMake(new ReadyLine(ProtocolVersion, port, Environment.ProcessId, SidecarVersion.Text), LaunchJson.Default.ReadyLine);
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
    public static byte[]? TryMakeFatal(FatalException fatal) =>
        TryMake(new FatalLine(fatal.Code, fatal.Message), LaunchJson.Default.FatalLine);

    private static byte[]? TryMake<T>(T line, JsonTypeInfo<T> type) => Interlocked.Exchange(ref _made, 1) == 1
        ? null
        : [.. JsonSerializer.SerializeToUtf8Bytes(line, type), (byte)'\n'];

    public static string Describe(FatalException fatal) =>
        new StringBuilder("aotsidecar: ").Append(fatal.Message).Append(" (").Append(fatal.Code).Append(')').ToString();
}

/// <param name="Port">On 127.0.0.1.</param>
internal sealed record ReadyLine(int ProtocolVersion, int Port, int Pid, string Version)
{
    [JsonPropertyOrder(-1)]
    public string Event { get; } = "ready";
}

internal sealed record FatalLine(string Code, string Message)
{
    [JsonPropertyOrder(-1)]
    public string Event { get; } = "fatal";
}

/// <summary>Writers without metadata: nothing else is made before the ready line.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(ReadyLine))]
[JsonSerializable(typeof(FatalLine))]
internal sealed partial class LaunchJson : JsonSerializerContext;
