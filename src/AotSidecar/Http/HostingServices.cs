using AotSidecar.Bridge;
using AotSidecar.Logging;
using AotSidecar.Process;
using AotSidecar.Secrets;
using AotSidecar.Sessions;

namespace AotSidecar.Http;

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
            services.AddSingleton(new RunningStreams());
            services.AddSingleton(new ConnectionTable(clock));
            services.AddSingleton(new IdleMemory(clock, IdleMemory.Collect));
            services.AddSingleton(static made => new ResponseGuard(made.Get<RequestCounters>(), made.Get<IdleMemory>(), made.Logger<ResponseGuard>()));
            services.AddSingleton(static made => new RequestGates(made.Get<AccessList>(), made.Logger<RequestGates>()));
            services.AddSingleton(new FailedAttempts(clock));
            services.AddSingleton<IHostMethod>(new AllowAccessMethod(access));
            services.AddSingleton<IHostMethod>(static made => new SetLogLevelMethod(made.Get<SidecarLoggerFactory>(), made.Logger<SetLogLevelMethod>()));
            services.AddSingleton<IHostMethod>(new ShutdownMethod(endOfLife));
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
