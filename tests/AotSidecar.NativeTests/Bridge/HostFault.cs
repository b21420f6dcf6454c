using System.Text;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Bridge;

/// <summary>One way for a host to answer <c>secrets/get</c>, and what the waiting mint is told.</summary>
/// <param name="Code">The reply's code; null where only the status is promised.</param>
/// <param name="ExitCode">How the sidecar ends when the bridge does; null where both go on.</param>
internal sealed record HostFault(
    Func<BridgeConnection, JsonObject, Task> Answer, int Status, string? Code, int? ExitCode = null)
{
    private const string Protocol = "bridge_protocol_error";

    /// <summary>By row of docs/security.md#rows-b-the-bridge.</summary>
    public static IReadOnlyDictionary<string, HostFault> All { get; } = new Dictionary<string, HostFault>
    {
        ["B5 closes at once"] = new(CloseAfter(_ => []), 503, "bridge_unavailable", ExitCode: 0),
        ["B5 closes inside a header"] = new(CloseAfter(_ => "Content-Le"u8.ToArray()), 503, "bridge_unavailable", ExitCode: 0),
        ["B5 closes inside a body"] = new(CloseAfter(json => Framed(json)[..^5]), 503, "bridge_unavailable", ExitCode: 0),
        ["B7 LF only"] = Broken(json => Utf8($"Content-Length: {json.Length}\n\n{json}")),
        ["B7 1 KiB of headers"] = Broken(json => Utf8($"X: {new string('x', 1024)}\r\nContent-Length: {json.Length}\r\n\r\n{json}")),
        ["B7 unknown header"] = Good(json => Utf8($"X-Test: yes\r\nContent-Length: {json.Length}\r\n\r\n{json}")),
        ["B7 charset utf-8"] = Good(json => WithType(json, "utf-8")),
        ["B7 charset utf8"] = Good(json => WithType(json, "utf8")),
        ["B7 charset utf-16"] = Broken(json => WithType(json, "utf-16")),
        ["B7 lower-case header"] = Good(json => Utf8($"content-length: {json.Length}\r\n\r\n{json}")),
        ["B7 no length"] = Broken(json => Utf8($"X-Test: yes\r\n\r\n{json}")),
        ["B7 two lengths"] = Broken(json => Utf8($"Content-Length: {json.Length}\r\nContent-Length: {json.Length}\r\n\r\n{json}")),
        ["B7 length +"] = Broken(json => Utf8($"Content-Length: +{json.Length}\r\n\r\n{json}")),
        ["B7 length -1"] = Broken(json => Utf8($"Content-Length: -1\r\n\r\n{json}")),
        ["B7 length hexadecimal"] = Broken(json => Utf8($"Content-Length: 0x{json.Length:x}\r\n\r\n{json}")),
        ["B7 length 2^64"] = Broken(json => Utf8($"Content-Length: 18446744073709551616\r\n\r\n{json}")),
        ["B7 length over 1 MiB"] = Broken(_ => Utf8($"Content-Length: {(1 << 20) + 1}\r\n\r\n")),
        ["B7 frame that never ends"] = Broken(json => Framed(json)[..^5]),
        ["B7 header that never ends"] = Broken(_ => "Content-Le"u8.ToArray()),
        ["B8 not JSON"] = Garbled(_ => Framed("{]")),
        ["B8 empty body"] = Garbled(_ => Framed("")),
        ["B8 not UTF-8"] = Garbled(_ => [.. "Content-Length: 4\r\n\r\n\""u8, 0xff, 0xfe, .. "\""u8]),
        ["B8 not UTF-8 inside a text"] = Garbled(json => [.. Framed(json)[..^2], 0xff, 0xfe]),
        ["B8 batch"] = Garbled(json => Framed($"[{json}]")),
        ["B8 version 1.0"] = Garbled(json => Framed(json.Replace("2.0", "1.0", StringComparison.Ordinal))),
        ["B8 no version"] = Garbled(json => Framed(json.Replace("\"jsonrpc\":\"2.0\",", "", StringComparison.Ordinal))),
        ["B8 deep"] = Garbled(_ => Framed(new string('[', 5000) + new string(']', 5000))),
        ["B9 byte at a time"] = new(ByteAtATimeAsync, 201, null),
        ["B9 1000 frames in one write"] = Good(json => Utf8(string.Concat(Enumerable.Repeat(
            Encoding.UTF8.GetString(Framed("""{"jsonrpc":"2.0","method":"nobody/knows","params":{}}""")), 999)) + Frame(json))),
        ["B14 result and error"] = Whole(502, Protocol, id => $$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{"secret":"sk-both-0123456789"},"error":{"code":-32603,"message":"m"}}"""),
        ["B14 neither"] = Whole(502, Protocol, id => $$"""{"jsonrpc":"2.0","id":{{id}}}"""),
        ["B14 error of a wrong shape"] = Whole(502, Protocol, id => $$"""{"jsonrpc":"2.0","id":{{id}},"error":"no"}"""),
        ["B15 -32002 denied"] = Error(-32002, 403, "secret_denied"),
        ["B16 -32001 not found"] = Error(-32001, 404, "secret_not_found"),
        ["B17 -32003 locked"] = Error(-32003, 403, "secret_locked"),
        ["B18 -32004 host timeout"] = Error(-32004, 504, "bridge_timeout"),
        ["B18 -32800 cancelled"] = Error(-32800, 409, "request_cancelled"),
        ["B19 -32601"] = Error(-32601, 502, "bridge_incompatible"),
        ["B19 -32602"] = Error(-32602, 502, "bridge_error"),
        ["B19 -32603"] = Error(-32603, 502, "bridge_error"),
        ["B19 12345"] = Error(12345, 502, "bridge_error"),
        ["B20 HTML in the message"] = Error(-32603, 502, "bridge_error", "<script>alert('sk-leak-0123456789')</script>"),
        ["B21 empty"] = Secret("\"\""),
        ["B21 blanks"] = Secret("\"        \""),
        ["B21 blank inside"] = Secret("\"sk-test 0123456789\""),
        ["B21 10 KiB"] = Secret($"\"{new string('k', 10240)}\""),
        ["B21 CR LF"] = Secret(@"""sk-test-0123456789\r\nX-Evil: 1"""),
        ["B21 NUL"] = Secret(@"""sk-test\u0000-0123456789"""),
        ["B21 non-ASCII"] = Secret("\"sk-tést-0123456789\""),
        ["B21 number"] = Secret("12345678"),
        ["B21 null"] = Secret("null"),
        ["B21 wrong echo"] = Result("""{"secret":"sk-test-0123456789","secretKeyId":"another"}"""),
        ["B21 missing"] = Result("{}"),
        ["B21 result null"] = Result("null"),
        ["B21 base URL without TLS"] = Result("""{"secret":"sk-test-0123456789","baseUrl":"http://example.com/v1"}""") with { Code = "invalid_base_url" },
        ["B21 base URL with a user"] = Result("""{"secret":"sk-test-0123456789","baseUrl":"https://a:b@example.com/v1"}""") with { Code = "invalid_base_url" },
        ["B21 base URL with a query"] = Result("""{"secret":"sk-test-0123456789","baseUrl":"https://example.com/v1?a=b"}""") with { Code = "invalid_base_url" },
        ["B21 base URL with a fragment"] = Result("""{"secret":"sk-test-0123456789","baseUrl":"https://example.com/v1#a"}""") with { Code = "invalid_base_url" },
        ["B21 base URL that is relative"] = Result("""{"secret":"sk-test-0123456789","baseUrl":"/v1"}""") with { Code = "invalid_base_url" },
        ["B21 base URL that is a number"] = Result("""{"secret":"sk-test-0123456789","baseUrl":1}"""),
        ["B21 base URL that is a list"] = Result("""{"secret":"sk-test-0123456789","baseUrl":["https://example.com/v1"]}"""),
        ["B21 base URL of half a character"] = Result("""{"secret":"sk-test-0123456789","baseUrl":"\ud800"}"""),
        ["B21 api that is a number"] = Result("""{"secret":"sk-test-0123456789","api":1}"""),
        ["B21 base URL of a file"] = Result("""{"secret":"sk-test-0123456789","baseUrl":"file:///etc/passwd"}""") with { Code = "invalid_base_url" },
        ["B21 base URL of another type"] = Result("""{"secret":"sk-test-0123456789","baseUrl":5}"""),
        ["B21 base URL that is no text"] = Result("""{"secret":"sk-test-0123456789","baseUrl":"\ud800"}"""),
        ["B21 api of another type"] = Result("""{"secret":"sk-test-0123456789","api":["responses"]}"""),
        ["B21 model of another type"] = Result("""{"secret":"sk-test-0123456789","model":5}"""),
        ["B21 organization with CR LF"] = Result("""{"secret":"sk-test-0123456789","organization":"a\r\nX-Evil: 1"}"""),
        ["B21 members left empty or unknown"] = new(
            (connection, request) => connection.ReplyAsync(request["id"]!, """{"secret":"sk-test-0123456789","baseUrl":"","api":null,"model":null,"new":{}}"""), 201, null),
        ["B21 unknown api"] = Result("""{"secret":"sk-test-0123456789","api":"telepathy"}"""),
    };

    private static HostFault Broken(Func<string, byte[]> bytes) => new(Write(bytes), 502, Protocol, ExitCode: 3);

    /// <summary>A whole frame with the wrong content: the next frame is found all the same, so the bridge goes on.</summary>
    private static HostFault Garbled(Func<string, byte[]> bytes) => new(Write(bytes), 502, Protocol);

    private static HostFault Good(Func<string, byte[]> bytes) => new(Write(bytes), 201, null);

    private static HostFault Secret(string json) => Result($$"""{"secret":{{json}}}""");

    private static HostFault Result(string json) =>
        new((connection, request) => connection.ReplyAsync(request["id"]!, json), 502, "invalid_secret");

    private static HostFault Error(int number, int status, string code, string message = "no") =>
        new((connection, request) => connection.FailAsync(request["id"]!, number, message), status, code);

    private static HostFault Whole(int status, string? code, Func<string, string> json) =>
        new((connection, request) => connection.SendAsync(json(request["id"]!.ToJsonString())), status, code);

    private static Func<BridgeConnection, JsonObject, Task> Write(Func<string, byte[]> bytes) =>
        (connection, request) => connection.WriteAsync(bytes(GoodReply(request)));

    private static Func<BridgeConnection, JsonObject, Task> CloseAfter(Func<string, byte[]> bytes) =>
        async (connection, request) =>
        {
            await connection.WriteAsync(bytes(GoodReply(request)));
            connection.Close();
        };

    private static async Task ByteAtATimeAsync(BridgeConnection connection, JsonObject request)
    {
        foreach (var value in Framed(GoodReply(request)))
        {
            await connection.WriteAsync(new[] { value });
        }
    }

    private static string GoodReply(JsonObject request) =>
        BridgeConnection.ResultJson(request["id"]!, """{"secret":"sk-test-0123456789"}""");

    private static byte[] WithType(string json, string charset) => Utf8(
        $"Content-Length: {json.Length}\r\nContent-Type: application/vscode-jsonrpc; charset={charset}\r\n\r\n{json}");

    private static string Frame(string json) => Encoding.UTF8.GetString(Framed(json));

    private static byte[] Framed(string json) => BridgeConnection.Frame(json);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
