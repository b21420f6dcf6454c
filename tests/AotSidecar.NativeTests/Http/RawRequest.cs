using System.Globalization;

namespace AotSidecar.NativeTests.Http;

/// <summary>Texts of requests that differ from a good one in the single thing a row is about.</summary>
internal static class RawRequest
{
    private const string Body = """{"type":"threads.list","params":{}}""";

    public const string Host = "Host: 127.0.0.1:{P}\r\n";

    public const string Token = "Authorization: Bearer {T}\r\n";

    public const string Json = "Content-Type: application/json\r\n";

    /// <summary>Lists the threads of the session; a good one is answered 200.</summary>
    public static string Chat(string host = Host, string more = "", string line = "POST /chatkit HTTP/1.1") =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{line}\r\n{host}{Token}{Json}{more}Content-Length: {Body.Length}\r\n\r\n{Body}");

    public static string ChatWithLength(string length) =>
        $"POST /chatkit HTTP/1.1\r\n{Host}{Token}{Json}Content-Length: {length}\r\n\r\n{Body}";

    public static string ChatOfType(string contentType) => string.Create(
        CultureInfo.InvariantCulture,
        $"POST /chatkit HTTP/1.1\r\n{Host}{Token}{contentType}Content-Length: {Body.Length}\r\n\r\n{Body}");

    /// <summary>A request with a coding: its body is a good one in one chunk.</summary>
    public static string ChatWithCoding(string coding) => string.Create(
        CultureInfo.InvariantCulture,
        $"POST /chatkit HTTP/1.1\r\n{Host}{Token}{Json}Transfer-Encoding: {coding}\r\n\r\n{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n");

    public static string Preflight(string origin, string more = "") =>
        $"OPTIONS /chatkit HTTP/1.1\r\n{Host}Origin: {origin}\r\nAccess-Control-Request-Method: POST\r\n"
        + $"Access-Control-Request-Headers: authorization,content-type\r\n{more}\r\n";
}
