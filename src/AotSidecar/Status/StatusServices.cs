namespace AotSidecar.Status;

internal static class StatusServices
{
    extension(IServiceCollection services)
    {
        public void AddStatus() => services.AddSingleton<StatusEndpoints>();
    }

    extension(IEndpointRouteBuilder routes)
    {
        public void MapStatus() => routes.ServiceProvider.GetRequiredService<StatusEndpoints>().Map(routes);
    }
}
