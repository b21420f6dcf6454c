using AotSidecar.Providers.Requests;
using AotSidecar.Providers.Sse;
using AotSidecar.Providers.Transport;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AotSidecar.Providers.Client;

internal static class UpstreamServices
{
    extension(IServiceCollection services)
    {
        /// <summary>Needs <see cref="UpstreamOptions"/> and a <see cref="TimeProvider"/>. Nothing is connected or loaded before the first request.</summary>
        public void AddUpstream()
        {
            services.TryAddSingleton(UpstreamTimeouts.Default);
            services.TryAddSingleton(StreamLimits.Default);
            services.AddSingleton(new EndpointWorkarounds());
            services.AddSingleton(new RefusedContent());
            services.AddSingleton(static made => new TrustStore(made.Get<TimeProvider>()));
            services.AddSingleton(static made => new UpstreamTransport(
                made.Get<UpstreamOptions>(), made.Get<UpstreamTimeouts>(), made.Get<TimeProvider>()));
            services.AddSingleton(static made => new TranscriptionClient(
                made.Get<UpstreamTransport>(), made.Get<UpstreamTimeouts>(), made.Get<TimeProvider>(), made.Logger<TranscriptionClient>()));
            services.AddSingleton<IModelClient>(static made => new ModelClient(
                made.Get<UpstreamTransport>(), made.Get<UpstreamTimeouts>(), made.Get<StreamLimits>(), made.Get<EndpointWorkarounds>(), made.Get<RefusedContent>(), made.Get<TimeProvider>(), made.Logger<ModelClient>()));
        }
    }
}
