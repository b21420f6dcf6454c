using AotSidecar.Failures;
using AotSidecar.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AotSidecar.PassThrough;

/// <summary>
/// The provider's own API with a session token as the API key: any OpenAI SDK in the page works against <c>/v1</c>.
/// A short list of paths is forwarded and nothing else; the real key is put in on the way.
/// </summary>
internal sealed class RelayEndpoints(ProviderRelay relay)
{
    /// <summary>A recording for transcription is the largest body that providers take.</summary>
    private const long MaxBody = 32 * 1024 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        MapPost(routes, "/responses", BodyKind.Json);
        MapPost(routes, "/chat/completions", BodyKind.Json);
        MapPost(routes, "/embeddings", BodyKind.Json);
        MapPost(routes, "/audio/transcriptions", BodyKind.Any);
        routes.MapGated("/v1/models", Credential.SessionToken, MethodRoute.Get(context => ForwardAsync(context, "/models")));
        routes.MapGated("/v1/models/{*id}", Credential.SessionToken, MethodRoute.Get(ForwardModelAsync));
    }

    private void MapPost(IEndpointRouteBuilder routes, string path, BodyKind body) =>
        routes.MapGated($"/v1{path}", Credential.SessionToken, MethodRoute.Post(body, context => ForwardAsync(context, path)));

    /// <summary>
    /// Model ids may contain slashes (<c>models/gemini-…</c>), but no <c>..</c> and no empty segments.
    /// </summary>
    private Task ForwardModelAsync(HttpContext context)
    {
        var id = Uri.UnescapeDataString((string)context.Request.RouteValues["id"]!);
        var plain = id.Length is > 0 and <= 256 && Array.TrueForAll(id.Split('/'), static name => name is not ("" or "." or ".."))
            && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '@' or '/' or '-' or '+');
        return plain ? ForwardAsync(context, $"/models/{id}") : Failure.NotFound.WriteAsync(context);
    }

    private Task ForwardAsync(HttpContext context, string path)
    {
        if (context.Request.ContentLength > MaxBody)
        {
            return Failure.TooLarge(MaxBody).WriteAsync(context);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = MaxBody;
        }

        return relay.ForwardAsync(context, path + context.Request.QueryString.Value);
    }
}
