using System.Text;

namespace AotSidecar.Benchmarks.Net;

/// <summary>Requests as bytes, made once before a measurement.</summary>
internal static class HttpBytes
{
    public static byte[] Get(string path, int port, string? token = null) => Encoding.UTF8.GetBytes(
        $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{Authorization(token)}\r\n");

    public static byte[] Post(string path, int port, string? token, string json) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{Authorization(token)}Content-Type: application/json\r\n"
        + $"Content-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    public static byte[] Responses(int port, string? token, string model) => Post(
        "/v1/responses", port, token, $$"""{"model":"{{model}}","input":"How do I read a file?","stream":true,"store":false}""");

    public static byte[] CreateThread(int port, string? token, string model) => Post(
        "/chatkit", port, token, $$$"""{"type":"threads.create","params":{"input":{{{Input(model)}}}}}""");

    public static byte[] AddMessage(int port, string? token, string model, string threadId) => Post(
        "/chatkit",
        port,
        token,
        $$$"""{"type":"threads.add_user_message","params":{"thread_id":"{{{threadId}}}","input":{{{Input(model)}}}}}""");

    public static byte[] ListThreads(int port, string? token) =>
        Post("/chatkit", port, token, """{"type":"threads.list","params":{"limit":20,"order":"desc"}}""");

    private static string Authorization(string? token) => token is null ? "" : $"Authorization: Bearer {token}\r\n";

    private static string Input(string model) =>
        $$$"""{"content":[{"type":"input_text","text":"How do I read a file?"}],"attachments":[],"quoted_text":"","inference_options":{"model":"{{{model}}}"}}""";
}
