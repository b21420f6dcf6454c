using AotSidecar.Secrets;

namespace AotSidecar.Bridge;

internal static class BridgeServices
{
    extension(IServiceCollection services)
    {
        /// <summary>The bridge is made before the container, so that its handshake and the listener's start overlap.</summary>
        public void AddBridge(HostBridge bridge)
        {
            services.AddSingleton(bridge);
            services.AddSingleton<IExtensionHost>(bridge);
            services.AddSingleton<ISecretSource>(static made => new BridgeSecretSource(made.Get<HostBridge>(), made.Logger<BridgeSecretSource>()));
        }
    }
}
