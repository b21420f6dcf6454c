namespace AotSidecar.Relay;

internal static class RelayServices
{
    extension(IServiceCollection services)
    {
        public void AddRelay()
        {
            services.AddSingleton<ProviderRelay>();
            services.AddSingleton<RelayEndpoints>();
        }
    }

    extension(IEndpointRouteBuilder routes)
    {
        public void MapRelay() => routes.ServiceProvider.GetRequiredService<RelayEndpoints>().Map(routes);
    }
}
