using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Operations;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Threads.Journal;
using AotSidecar.ChatKit.Turns;
using AotSidecar.ExtensionHost;

namespace AotSidecar.ChatKit;

internal static class ChatKitServices
{
    extension(IServiceCollection services)
    {
        /// <param name="data">Where threads and attachments are kept; null keeps them in memory only.</param>
        public void AddChatKit(ChatKitOptions options, DataDirectory? data)
        {
            services.AddSingleton(options);
            if (data is null)
            {
                services.AddSingleton(ThreadArchive.None);
                services.AddSingleton(AttachmentArchive.Memory);
            }
            else
            {
                services.AddSingleton(data);
                services.AddSingleton<ThreadArchive, JournalArchive>();
                services.AddSingleton<AttachmentArchive, JournalAttachments>();
            }

            services.AddSingleton<ThreadStore>();
            services.AddSingleton<AttachmentStore>();
            services.AddSingleton<AttachmentUploads>();
            services.AddSingleton<ModelInput>();
            services.AddSingleton<ModelTurn>();
            services.AddSingleton<ThreadTitles>();
            services.AddSingleton<HostToolCatalog>();
            services.AddSingleton<HostTools>();
            services.AddSingleton<HostActions>();
            services.AddSingleton<StreamingOperations>();
            services.AddSingleton<JsonOperations>();
            services.AddSingleton<TurnRunner>();
            services.AddSingleton<ThreadSearch>();
            services.AddSingleton<ChatKitEndpoints>();
            services.AddSingleton<IHostMethod, ToolsChangedMethod>();
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
