using AotSidecar.Providers.Requests;
using AotSidecar.Secrets;

namespace AotSidecar.ChatKit.Tools;

/// <summary>
/// The images of tools' results in one turn. Chat Completions takes none in a tool's result, and what does not fit is
/// left out too; the model reads that.
/// </summary>
internal sealed class ToolImages(ProviderApi api)
{
    /// <summary>Characters of data URLs that one turn sends, with each of its requests.</summary>
    private const int MaxSize = 4 * 1024 * 1024;

    private int _left = api == ProviderApi.Responses ? MaxSize : 0;

    public InputItem.FunctionOutput Output(ToolResult result)
    {
        var (replay, images) = result;
        var size = images.Sum(static image => image.Length);
        if (size > _left)
        {
            return new InputItem.FunctionOutput(replay.CallId, $"{replay.Output}\n[Its images cannot be shown to you.]");
        }

        _left -= size;
        return new InputItem.FunctionOutput(replay.CallId, replay.Output)
        {
            Images = [.. images.Select(static image => new InputPart.Image(image))],
        };
    }
}
