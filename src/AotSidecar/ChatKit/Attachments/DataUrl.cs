namespace AotSidecar.ChatKit.Attachments;

internal static class DataUrl
{
    public static string From(string mimeType, ReadOnlySpan<byte> content) =>
        $"data:{mimeType};base64,{Convert.ToBase64String(content)}";
}
