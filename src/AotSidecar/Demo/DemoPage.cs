using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using AotSidecar.Crypto;
using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Json;
using AotSidecar.Sessions;

namespace AotSidecar.Demo;

/// <summary>
/// Serves the chat page, embedded in the executable, and gives it sessions for one-use codes. The code is in the URL's
/// fragment, which browsers never send. Using it yields the next one, so that a reload works and an old code is
/// worthless.
/// </summary>
internal sealed class DemoPage(SessionMint mint, SessionLimits limits, FailedAttempts failures, string model, string note)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data: blob: https:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly Failure Refused = new(401, "invalid_credential", "this link was used up; take the URL from the terminal again");

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
                ? Failure.RateLimited("too many wrong credentials; wait before trying again", wait)
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
        var reply = new DemoSession(token, (int)grant.Lifetime.TotalSeconds, CreateCode(), model, note);
        await context.Response.WriteJsonAsync(reply, DemoPageJson.Default.DemoSession, context.RequestAborted);
    }
}

/// <summary>What the page gets for its code.</summary>
/// <param name="ExpiresIn">Seconds.</param>
/// <param name="NextCode">For the page's next load; each works once.</param>
internal sealed record DemoSession(string ClientSecret, int ExpiresIn, string NextCode, string Model, string Note)
{
    public override string ToString() => "DemoSession(***)";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(DemoSession))]
internal sealed partial class DemoPageJson : JsonSerializerContext;
