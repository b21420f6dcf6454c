namespace AotSidecar.NativeTests.Harness;

/// <summary>What every reply of the sidecar's own code keeps, whatever the request was.</summary>
internal static class ReplyContract
{
    public static void Assert(RawReply reply)
    {
        Xunit.Assert.Null(reply.Header("Server"));
        Xunit.Assert.Null(reply.Header("Access-Control-Allow-Credentials"));
        Xunit.Assert.NotEqual("*", reply.Header("Access-Control-Allow-Origin"));
        if (IsKestrelsOwn(reply))
        {
            return;
        }

        var stream = reply.Header("Content-Type")?.StartsWith("text/event-stream", StringComparison.Ordinal) == true;
        Xunit.Assert.Equal(stream ? "no-cache, no-store" : "no-store", reply.Header("Cache-Control"));
        AssertCommon(reply.Header);
        if (reply.Status >= 400 && reply.Body.Length > 0)
        {
            AssertProblem(reply);
        }

        if (reply.Status == 401)
        {
            Xunit.Assert.StartsWith("Bearer", reply.Header("WWW-Authenticate"), StringComparison.Ordinal);
        }
    }

    public static void AssertStreamHead(List<KeyValuePair<string, string>> headers)
    {
        string? Header(string name) =>
            headers.SingleOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

        Xunit.Assert.StartsWith("text/event-stream", Header("Content-Type"), StringComparison.Ordinal);
        Xunit.Assert.Equal("no-cache, no-store", Header("Cache-Control"));
        Xunit.Assert.Null(Header("Server"));
        AssertCommon(Header);
    }

    private static void AssertCommon(Func<string, string?> header)
    {
        Xunit.Assert.Equal("nosniff", header("X-Content-Type-Options"));
        Xunit.Assert.Equal("no-referrer", header("Referrer-Policy"));
        Xunit.Assert.Equal("same-origin", header("Cross-Origin-Resource-Policy"));
        Xunit.Assert.Equal("default-src 'none'; frame-ancestors 'none'", header("Content-Security-Policy"));
    }

    private static void AssertProblem(RawReply reply)
    {
        Xunit.Assert.StartsWith("application/json", reply.Header("Content-Type"), StringComparison.Ordinal);
        var (error, message) = (reply.Json["error"]!.AsObject(), (string?)reply.Json["message"]);
        Xunit.Assert.Equal(["code", "message", "param", "type"], error.Select(member => member.Key).Order());
        Xunit.Assert.False(string.IsNullOrWhiteSpace((string?)error["type"]));
        Xunit.Assert.False(string.IsNullOrWhiteSpace((string?)error["code"]));
        Xunit.Assert.Equal(message, (string?)error["message"]);
        Xunit.Assert.False(string.IsNullOrWhiteSpace(message));
        Xunit.Assert.DoesNotContain("Exception", message, StringComparison.Ordinal);
    }

    /// <summary>Kestrel answers a request that it cannot parse before any code of ours runs: an empty body, and a close.</summary>
    private static bool IsKestrelsOwn(RawReply reply) =>
        reply.Status is 400 or 408 or 413 or 414 or 431 && reply.Body.Length == 0;
}
