using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AotSidecar.Bridge;

/// <summary>Builds JSON-RPC 2.0 messages around already serialised params and results.</summary>
internal static class JsonRpcMessages
{
    public const int ParseError = -32700;
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int InternalError = -32603;

    /// <summary>LSP's code for a cancelled request.</summary>
    public const int RequestCancelled = -32800;

    public static byte[] Request(long id, string method, ReadOnlyMemory<byte> parameters) => Write(json =>
    {
        json.WriteNumber("id"u8, id);
        json.WriteString("method"u8, method);
        WriteRaw(json, "params"u8, parameters);
    });

    public static byte[] Notification(string method, ReadOnlyMemory<byte> parameters) => Write(json =>
    {
        json.WriteString("method"u8, method);
        WriteRaw(json, "params"u8, parameters);
    });

    /// <param name="id">The request's id as it was written.</param>
    /// <param name="result">JSON; null is the JSON <c>null</c>.</param>
    public static byte[] Result(string id, byte[]? result) => Write(json =>
    {
        json.WritePropertyName("id"u8);
        json.WriteRawValue(id);
        WriteRaw(json, "result"u8, result ?? "null"u8.ToArray());
    });

    /// <param name="reason">Sent as <c>data.code</c>.</param>
    public static byte[] Error(string id, int code, string message, string? reason) => Write(json =>
    {
        json.WritePropertyName("id"u8);
        json.WriteRawValue(id);
        json.WriteStartObject("error"u8);
        json.WriteNumber("code"u8, code);
        json.WriteString("message"u8, message);
        if (reason is not null)
        {
            json.WriteStartObject("data"u8);
            json.WriteString("code"u8, reason);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    });

    public static byte[] CancelParams(long id) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"id":{{id}}}"""));

    private static void WriteRaw(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlyMemory<byte> value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value.Span);
    }

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc"u8, "2.0"u8);
            members(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
