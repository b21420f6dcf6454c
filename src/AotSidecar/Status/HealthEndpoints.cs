using AotSidecar.Http;
using AotSidecar.Json;

namespace AotSidecar.Status;

/// <summary><c>GET /health</c>: the process answers.</summary>
internal static class HealthEndpoints
{
    private static readonly byte[] Ok = /*lang=json,strict*/ """{"status":"ok"}"""u8.ToArray();

    extension(IEndpointRouteBuilder routes)
    {
        public void MapHealth() => routes.MapGated("/health", Credential.None, MethodRoute.Get(AnswerAsync));
    }

    private static Task AnswerAsync(HttpContext context) => context.Response.WriteJsonAsync(Ok, context.RequestAborted);
}
