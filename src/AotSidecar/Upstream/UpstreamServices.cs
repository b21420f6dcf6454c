using AotSidecar.Upstream.Requests;
using AotSidecar.Upstream.Streaming;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AotSidecar.Upstream;

internal static class UpstreamServices
{
    extension(IServiceCollection services)
    {
        /// <summary>Needs <see cref="UpstreamOptions"/> and a <see cref="TimeProvider"/>. Nothing is connected or loaded before the first request.</summary>
        public void AddUpstream()
        {
            services.TryAddSingleton(UpstreamTimeouts.Default);
            services.TryAddSingleton(StreamLimits.Default);
            services.AddSingleton<EndpointOmissions>();
            services.AddSingleton<StaleReasoning>();
            services.AddSingleton<UpstreamTransport>();
            services.AddSingleton<TranscriptionClient>();
            services.AddSingleton<IModelClient, ModelClient>();
        }
    }
}
