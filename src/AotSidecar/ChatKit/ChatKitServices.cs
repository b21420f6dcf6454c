using AotSidecar.Bridge;
using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Endpoints;
using AotSidecar.ChatKit.Operations;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Threads.Journal;
using AotSidecar.ChatKit.Tools;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Http;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Transport;
using AotSidecar.Sessions;
using AotSidecar.Storage;

namespace AotSidecar.ChatKit;

internal static class ChatKitServices
{
    extension(IServiceCollection services)
    {
        /// <param name="data">Where threads and attachments are kept; null keeps them in memory only.</param>
        public void AddChatKit(ChatKitOptions options, DataDirectory? data)
        {
            services.AddSingleton(options);
            services.AddSingleton(static made => new MemoryBudget(made.Get<TimeProvider>()));
            if (data is null)
            {
                services.AddSingleton(static made => ThreadArchive.InMemory(made.Get<MemoryBudget>()));
                services.AddSingleton(static made => AttachmentArchive.InMemory(made.Get<MemoryBudget>()));
            }
            else
            {
                services.AddSingleton(data);
                services.AddSingleton<ThreadArchive>(static made => new JournalArchive(made.Get<DataDirectory>(), made.Get<MemoryBudget>()));
                services.AddSingleton<AttachmentArchive>(static made => new JournalAttachments(
                    made.Get<DataDirectory>(), made.Get<TimeProvider>()));
            }

            services.AddSingleton(static made => new ThreadStore(made.Get<TimeProvider>(), made.Get<ThreadArchive>()));
            services.AddSingleton(static made => new AttachmentStore(made.Get<AttachmentArchive>()));
            services.AddSingleton(static made => new AttachmentUploads(made.Get<AttachmentStore>(), made.Get<MemoryBudget>()));
            services.AddSingleton(static made => new ModelInput(made.Get<AttachmentStore>()));
            services.AddSingleton(static made => new ModelTurn(
                made.Get<IModelClient>(), made.Get<ModelInput>(), made.Get<HostToolCatalog>(), made.Get<HostTools>(), made.Get<ThreadTitles>(),
                made.Get<MemoryBudget>(), made.Get<ChatKitOptions>(), made.Get<TimeProvider>(), made.Logger<ModelTurn>()));
            services.AddSingleton(static made => new ThreadTitles(
                made.Get<IModelClient>(), made.Get<ChatKitOptions>(), made.Get<IHostApplicationLifetime>(), made.Get<TimeProvider>(),
                made.Logger<ThreadTitles>()));
            services.AddSingleton(static made => new HostToolCatalog(
                made.Get<IExtensionHost>(), made.Get<SessionMint>(), made.Get<TimeProvider>(), made.Logger<HostToolCatalog>()));
            services.AddSingleton(static made => new HostTools(
                made.Get<IExtensionHost>(), made.Get<ChatKitOptions>(), made.Get<TimeProvider>(), made.Logger<HostTools>()));
            services.AddSingleton(static made => new HostActions(
                made.Get<IExtensionHost>(), made.Get<TimeProvider>(), made.Logger<HostActions>()));
            services.AddSingleton(static made => new StreamingOperations(
                made.Get<ThreadStore>(), made.Get<AttachmentStore>(), made.Get<ModelTurn>(), made.Get<HostActions>(),
                made.Get<MemoryBudget>()));
            services.AddSingleton(static made => new JsonOperations(
                made.Get<ThreadStore>(), made.Get<AttachmentStore>(), made.Get<AttachmentUploads>(), made.Get<HostActions>(),
                made.Get<TranscriptionClient>(), made.Get<UpstreamOptions>()));
            services.AddSingleton(static made => new TurnRunner(
                made.Get<ThreadStore>(), made.Get<UpstreamOptions>(), made.Get<RunningStreams>(), made.Get<RequestCounters>(),
                made.Get<TimeProvider>(), made.Logger<TurnRunner>()));
            services.AddSingleton(static made => new ThreadSearch(made.Get<ThreadStore>(), made.Get<TimeProvider>()));
            services.AddSingleton(static made => new ChatKitEndpoints(
                made.Get<StreamingOperations>(), made.Get<JsonOperations>(), made.Get<TurnRunner>(), made.Get<ThreadArchive>(),
                made.Get<TrustStore>(), made.Get<UpstreamOptions>(), made.Get<MemoryBudget>(), made.Get<ChatKitOptions>()));
            services.AddSingleton<IHostMethod>(static made => new ToolsChangedMethod(made.Get<HostToolCatalog>()));
        }
    }

    extension(IEndpointRouteBuilder routes)
    {
        public void MapChatKit()
        {
            routes.ServiceProvider.GetRequiredService<ChatKitEndpoints>().Map(routes);
            routes.ServiceProvider.GetRequiredService<AttachmentUploads>().Map(routes);
            routes.ServiceProvider.GetRequiredService<ThreadSearch>().Map(routes);
        }
    }
}
