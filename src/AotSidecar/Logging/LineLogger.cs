using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AotSidecar.Logging;

/// <summary>
/// One log line an event: JSON for programs, text for people. Values are truncated and control characters escaped. Of
/// an exception only type and stack are written, because messages can quote input.
/// </summary>
internal sealed class LineLogger(
    SidecarLoggerFactory factory, StderrWriter writer, TimeProvider clock, string category, bool ours, bool text) : ILogger
{
    /// <summary>Maximum length of a value, in characters.</summary>
    private const int MaxValue = 256;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) =>
        logLevel != LogLevel.None && logLevel >= factory.Level && (ours || logLevel >= LogLevel.Warning);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var message = ours ? formatter(state, null) : eventId.Name ?? "framework event";
        writer.Write(text ? Text(logLevel, eventId, message, exception) : Json(logLevel, eventId, message, state, exception));
    }

    private byte[] Json(LogLevel level, EventId eventId, string message, object? state, Exception? exception)
    {
        using var line = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(line, Options))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, Now());
            json.WriteString("level"u8, LogLevels.Name(level));
            json.WriteString("event"u8, eventId.Name ?? "");
            json.WriteNumber("id"u8, eventId.Id);
            json.WriteString("category"u8, category);
            json.WriteString("message"u8, Cut(message));
            if (ours && state is IReadOnlyList<KeyValuePair<string, object?>> values)
            {
                WriteValues(json, values);
            }

            if (exception is not null)
            {
                json.WriteString("exception"u8, Describe(exception));
            }

            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        return line.ToArray();
    }

    private static void WriteValues(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        foreach (var (name, value) in values)
        {
            switch (value)
            {
                case null or string when name == "{OriginalFormat}":
                    break;
                case int number:
                    json.WriteNumber(Camel(name), number);
                    break;
                case long number:
                    json.WriteNumber(Camel(name), number);
                    break;
                default:
                    json.WriteString(Camel(name), Cut(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
                    break;
            }
        }
    }

    private byte[] Text(LogLevel level, EventId eventId, string message, Exception? exception)
    {
        var line = new StringBuilder(Now()).Append(' ').Append(LogLevels.Name(level).PadRight(5)).Append(' ')
            .Append(eventId.Name).Append(": ").Append(Cut(message));
        if (exception is not null)
        {
            line.Append(" | ").Append(Describe(exception));
        }

        for (var i = 0; i < line.Length; i++)
        {
            line[i] = char.IsControl(line[i]) ? ' ' : line[i];
        }

        return Encoding.UTF8.GetBytes(line.Append('\n').ToString());
    }

    private string Now() => clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>
    /// Framework failures such as a port in use are reported in our own words; their stacks add nothing.
    /// </summary>
    private string Describe(Exception exception)
    {
        if (!ours)
        {
            return exception.GetType().Name;
        }

        var stack = exception.StackTrace ?? "";
        return $"{exception.GetType().Name} {stack[..Math.Min(stack.Length, 2000)].ReplaceLineEndings(" ")}";
    }

    private static string Cut(string value) => value.Length <= MaxValue ? value : value[..MaxValue] + "…";

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
