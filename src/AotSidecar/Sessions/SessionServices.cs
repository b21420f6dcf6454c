using AotSidecar.ExtensionHost;

namespace AotSidecar.Sessions;

internal static class SessionServices
{
    extension(IServiceCollection services)
    {
        public void AddSessions(SessionLimits options)
        {
            services.AddSingleton(options);
            services.AddSingleton<SessionStore>();
            services.AddSingleton<SessionMint>();
            services.AddSingleton<SessionEndpoints>();
            services.AddSingleton<CredentialGate>();
            services.AddSingleton<IHostMethod, CreateSessionMethod>();
            services.AddSingleton<IHostMethod, RevokeSessionMethod>();
            services.AddSingleton<IHostMethod, SecretChangedMethod>();
        }
    }

    extension(IApplicationBuilder app)
    {
        /// <summary>After routing and the gates that need no session, before the endpoints.</summary>
        public void UseCredentialGate()
        {
            var gate = app.ApplicationServices.GetRequiredService<CredentialGate>();
            app.Use(next => context => gate.CheckAsync(context, next));
        }
    }

    extension(IEndpointRouteBuilder routes)
    {
        public void MapSessions() => routes.ServiceProvider.GetRequiredService<SessionEndpoints>().Map(routes);
    }
}
