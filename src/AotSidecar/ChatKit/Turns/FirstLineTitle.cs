using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Turns;

/// <summary>The title that a thread has without a model's help: the first line of its first message.</summary>
internal static class FirstLineTitle
{
    private const int MaxLength = 60;

    /// <returns>Null when the message says nothing that could be a title.</returns>
    public static string? Of(UserMessageItem message)
    {
        var text = string.Concat(message.Content.Select(static part => part.Text)).Trim();
        var line = text.Split('\n', 2)[0].Trim();
        line = line.Length == 0 && message.Attachments is [var first, ..] ? first.Name : line;
        return line.Length == 0 ? null : Shorten(line);
    }

    /// <summary>At a word's end where there is one near, and never inside a surrogate pair.</summary>
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
