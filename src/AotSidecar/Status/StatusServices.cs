using AotSidecar.Bridge;
using AotSidecar.Http;
using AotSidecar.Logging;
using AotSidecar.Sessions;

namespace AotSidecar.Status;

internal static class StatusServices
{
    extension(IServiceCollection services)
    {
        public void AddStatus() => services.AddSingleton(static made => new StatusEndpoints(
            made.Get<SessionStore>(), made.Get<RunningStreams>(), made.Get<RequestCounters>(), made.Get<HostBridge>(),
            made.Get<SidecarLoggerFactory>(), made.Get<MemoryBudget>(), made.Get<TimeProvider>()));
    }

    extension(IEndpointRouteBuilder routes)
    {
        public void MapStatus() => routes.ServiceProvider.GetRequiredService<StatusEndpoints>().Map(routes);
    }
}
