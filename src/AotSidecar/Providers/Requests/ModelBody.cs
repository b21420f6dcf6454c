using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AotSidecar.Crypto;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Requests;

/// <summary>Shared by the request writers of both dialects.</summary>
internal static class ModelBody
{
    /// <summary>Writes UTF-8 unescaped; the default encoder would triple the size of most non-English text.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>In characters.</summary>
    private const int Piece = 16 * 1024;

    public static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(4 << 10);
        using var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartObject();
        members(writer);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>
    /// Writes long text in pieces: for the whole the writer would allocate three times its length at once.
    /// </summary>
    public static void WriteText(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? text)
    {
        if (text is null || text.Length <= Piece)
        {
            writer.WriteString(name, text);
            return;
        }

        writer.WritePropertyName(name);
        for (var rest = text.AsSpan(); ;)
        {
            var piece = rest[..Math.Min(rest.Length, Piece)];
            rest = rest[piece.Length..];
            writer.WriteStringValueSegment(piece, isFinalSegment: rest.IsEmpty);
            if (rest.IsEmpty)
            {
                return;
            }
        }
    }

    /// <summary>The name, description and schema of a tool, which both dialects spell alike.</summary>
    public static void WriteFunction(Utf8JsonWriter writer, FunctionTool tool, Workarounds workarounds)
    {
        writer.WriteString("name"u8, tool.Name);
        if (tool.Description is { Length: > 0 } description)
        {
            writer.WriteString("description"u8, description);
        }

        writer.WritePropertyName("parameters"u8);
        ToolSchema.Write(writer, tool.Parameters, workarounds.HasFlag(Workarounds.PlainSchemas));
    }

    /// <summary>
    /// The tools to declare: none where tools are refused, only the forced one where it can be forced in no other way.
    /// </summary>
    public static IReadOnlyList<FunctionTool> Tools(ModelRequest request, Workarounds workarounds) =>
        workarounds.HasFlag(Workarounds.NoTools) ? []
        : Forced(request, workarounds) is { } forced && workarounds.HasFlag(Workarounds.ToolChoiceIsWord)
            ? [.. request.Tools.Where(tool => tool.Name == forced)]
            : request.Tools;

    public static string? Forced(ModelRequest request, Workarounds workarounds) =>
        (workarounds & (Workarounds.NoTools | Workarounds.NoToolChoice)) != 0 ? null : request.ForcedTool;

    /// <summary>Hash of the thread's id: routes a conversation to one cache without revealing the id.</summary>
    public static string CacheKey(string conversationId) =>
        Convert.ToHexStringLower(Sha256.HashData(Encoding.UTF8.GetBytes(conversationId)).AsSpan(0, 16));

    /// <summary>Whether members may be sent that compatible servers refuse.</summary>
    public static bool IsOpenAi(Provider provider) =>
        provider.BaseUrl.Host.Equals("api.openai.com", StringComparison.OrdinalIgnoreCase);
}
