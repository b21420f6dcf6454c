using System.Collections.Concurrent;
using System.Text.Json;
using AotSidecar.Crypto;
using AotSidecar.Http;
using AotSidecar.Sessions;

namespace AotSidecar.Demo;

/// <summary>
/// Serves the chat page, embedded in the executable, and gives it sessions for one-use codes. A code stands in the
/// fragment of the URL, which browsers never send; using it up yields the next one, so that a reload works and a code
/// that was seen somewhere is worth nothing.
/// </summary>
internal sealed class DemoPage(SessionMint mint, SessionLimits limits, FailedAttempts failures, string model, string note)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data: blob: https:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly Problem Refused = new(401, "invalid_credential", "this link was used up; take the URL from the terminal again");

    private readonly ConcurrentDictionary<string, bool> _codes = new(StringComparer.Ordinal);

    /// <summary>A code that opens one session.</summary>
    public string CreateCode()
    {
        var code = SystemRandom.GetHex(32);
        _codes[code] = true;
        return code;
    }

    public void Map(IEndpointRouteBuilder routes)
    {
        MapFile(routes, "/", "index.html", "text/html; charset=utf-8");
        MapFile(routes, "/page.css", "page.css", "text/css; charset=utf-8");
        MapFile(routes, "/page.js", "page.js", "text/javascript; charset=utf-8");
        routes.MapGated("/demo/session", Credential.Own, MethodRoute.Post(BodyKind.Json, MintAsync));
    }

    private static void MapFile(IEndpointRouteBuilder routes, string path, string name, string contentType)
    {
        using var resource = typeof(DemoPage).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        var route = MethodRoute.Get(context =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.ContentType = contentType;
            context.Response.ContentLength = bytes.Length;
            return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
        });
        routes.MapGate(path, new EndpointGate(Credential.None, [route], Page: true));
    }

    private async Task MintAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) || !_codes.TryRemove(header[7..], out _))
        {
            await (failures.Add() is { } wait
                ? new Problem(429, "rate_limited", "too many wrong credentials; wait before trying again", RetryAfter: wait)
                : Refused).WriteAsync(context);
            return;
        }

        var grant = new SessionGrant
        {
            SecretKeyId = DemoHost.KeyId,
            Lifetime = limits.Lifetime,
            RequestsPerMinute = 600,
            ClientTools = [new ClientTool("page_title", "Reads the title of the page.", "{\"type\":\"object\",\"properties\":{}}"u8.ToArray())],
        };
        var (_, token) = await mint.CreateAsync(grant, limited: true, context.RequestAborted);
        var reply = ToJson(token, grant);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = reply.Length;
        await context.Response.Body.WriteAsync(reply, context.RequestAborted);
    }

    private byte[] ToJson(string token, SessionGrant grant)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("client_secret"u8, token);
            json.WriteNumber("expires_in"u8, (int)grant.Lifetime.TotalSeconds);
            json.WriteString("next_code"u8, CreateCode());
            json.WriteString("model"u8, model);
            json.WriteString("note"u8, note);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
