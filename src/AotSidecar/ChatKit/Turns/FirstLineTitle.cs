using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Turns;

/// <summary>A thread's default title: the first line of its first message.</summary>
internal static class FirstLineTitle
{
    private const int MaxLength = 60;

    /// <returns>Null if the message has no visible text.</returns>
    public static string? Of(UserMessageItem message)
    {
        var text = string.Concat(message.Content.Select(static part => part.Text)).Trim();
        var line = text.Split('\n', 2)[0].Trim();
        line = line.Length == 0 && message.Attachments is [var first, ..] ? first.Name : line;
        return line.Length == 0 ? null : Shorten(line);
    }

    /// <summary>Cuts at the end of a word if one is near, never inside a surrogate pair.</summary>
    public static string Shorten(string line)
    {
        if (line.Length <= MaxLength)
        {
            return line;
        }

        var space = line.LastIndexOf(' ', MaxLength - 1);
        var at = space > MaxLength / 2 ? space : char.IsHighSurrogate(line[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
        return line[..at].TrimEnd() + "…";
    }
}
