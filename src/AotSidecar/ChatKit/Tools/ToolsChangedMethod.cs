using System.Text.Json;
using AotSidecar.Bridge;

namespace AotSidecar.ChatKit.Tools;

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
