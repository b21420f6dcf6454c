using System.Text.Json;
using AotSidecar.ExtensionHost;

namespace AotSidecar.ChatKit.Turns;

/// <summary><c>tools/changed</c>: the list is asked for again.</summary>
internal sealed class ToolsChangedMethod(HostToolCatalog tools) : IHostMethod
{
    public string Name => "tools/changed";

    public ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        tools.Changed();
        return default;
    }
}
