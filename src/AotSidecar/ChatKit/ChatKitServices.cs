using AotSidecar.ChatKit.Attachments;
using AotSidecar.ChatKit.Operations;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Turns;
using AotSidecar.ExtensionHost;

namespace AotSidecar.ChatKit;

internal static class ChatKitServices
{
    extension(IServiceCollection services)
    {
        public void AddChatKit(ChatKitOptions options)
        {
            services.AddSingleton(options);
            services.AddSingleton<ThreadStore>();
            services.AddSingleton<AttachmentStore>();
            services.AddSingleton<AttachmentUploads>();
            services.AddSingleton<ModelInput>();
            services.AddSingleton<ModelTurn>();
            services.AddSingleton<HostTools>();
            services.AddSingleton<HostActions>();
            services.AddSingleton<StreamingOperations>();
            services.AddSingleton<JsonOperations>();
            services.AddSingleton<TurnRunner>();
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
        }
    }
}
