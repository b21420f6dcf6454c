using AotSidecar.Http;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Transport;

namespace AotSidecar.PassThrough;

internal static class RelayServices
{
    extension(IServiceCollection services)
    {
        public void AddRelay()
        {
            services.AddSingleton(static made => new ProviderRelay(
                made.Get<UpstreamTransport>(), made.Get<UpstreamOptions>(), made.Get<RunningStreams>(), made.Get<RequestCounters>(), made.Get<TimeProvider>(), made.Logger<ProviderRelay>()));
            services.AddSingleton(static made => new RelayEndpoints(made.Get<ProviderRelay>()));
        }
    }

    extension(IEndpointRouteBuilder routes)
    {
        public void MapRelay() => routes.ServiceProvider.GetRequiredService<RelayEndpoints>().Map(routes);
    }
}
