using AotSidecar.Bridge;
using AotSidecar.Http;
using AotSidecar.Process;
using AotSidecar.Secrets;

namespace AotSidecar.Sessions;

internal static class SessionServices
{
    extension(IServiceCollection services)
    {
        public void AddSessions(SessionLimits options)
        {
            services.AddSingleton(options);
            services.AddSingleton(static made => new SessionStore(
                made.Get<SessionLimits>(), made.Get<AccessList>(), made.Get<TimeProvider>(), made.Logger<SessionStore>()));
            services.AddSingleton(static made => new SessionMint(
                made.Get<SessionStore>(), made.Get<ISecretSource>(), made.Get<EndOfLife>(), made.Get<RequestCounters>(), made.Get<TimeProvider>(),
                made.Logger<SessionMint>()));
            services.AddSingleton(static made => new SessionEndpoints(
                made.Get<SessionMint>(), made.Get<SessionStore>(), made.Get<SessionLimits>(), made.Get<TimeProvider>(), made.Logger<SessionEndpoints>()));
            services.AddSingleton(static made => new CredentialGate(
                made.Get<LaunchSecret>(), made.Get<SessionStore>(), made.Get<FailedAttempts>(), made.Logger<CredentialGate>()));
            services.AddSingleton<IHostMethod>(static made => new CreateSessionMethod(made.Get<SessionMint>(), made.Get<SessionLimits>(), made.Get<TimeProvider>()));
            services.AddSingleton<IHostMethod>(static made => new RevokeSessionMethod(made.Get<SessionStore>(), made.Get<SessionMint>(), made.Logger<RevokeSessionMethod>()));
            services.AddSingleton<IHostMethod>(static made => new SecretChangedMethod(made.Get<SessionMint>(), made.Logger<SecretChangedMethod>()));
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
