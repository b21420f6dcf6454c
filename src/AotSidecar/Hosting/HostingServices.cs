using AotSidecar.ExtensionHost;

namespace AotSidecar.Hosting;

internal static class HostingServices
{
    extension(IServiceCollection services)
    {
        public void AddHosting(AccessList access, LaunchSecret secret, RequestCounters counters, EndOfLife endOfLife, TimeProvider clock)
        {
            services.AddSingleton(clock);
            services.AddSingleton(access);
            services.AddSingleton(secret);
            services.AddSingleton(counters);
            services.AddSingleton(endOfLife);
            services.AddSingleton<RunningStreams>();
            services.AddSingleton(_ => new IdleMemory(clock, IdleMemory.Collect));
            services.AddSingleton<ResponseGuard>();
            services.AddSingleton<RequestGates>();
            services.AddSingleton<FailedAttempts>();
            services.AddSingleton<IHostMethod, AllowAccessMethod>();
            services.AddSingleton<IHostMethod, SetLogLevelMethod>();
            services.AddSingleton<IHostMethod, ShutdownMethod>();
        }
    }

    extension(IApplicationBuilder app)
    {
        /// <summary>The first of the pipeline: headers and errors, then Host and Origin.</summary>
        public void UseAddressGates()
        {
            var guard = app.ApplicationServices.GetRequiredService<ResponseGuard>();
            var gates = app.ApplicationServices.GetRequiredService<RequestGates>();
            app.Use(next => context => guard.InvokeAsync(context, next));
            app.Use(next => context => gates.CheckAddressAsync(context, next));
        }

        /// <summary>After routing: method, content type, fetch metadata.</summary>
        public void UseShapeGates()
        {
            var gates = app.ApplicationServices.GetRequiredService<RequestGates>();
            app.Use(next => context => gates.CheckShapeAsync(context, next));
        }
    }
}
