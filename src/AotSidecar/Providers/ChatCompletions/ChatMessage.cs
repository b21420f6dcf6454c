using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.ChatCompletions;

/// <summary>What a chunk adds to the answer: thoughts, text, a refusal, pictures.</summary>
internal sealed class ChatMessage(ChatAnswer answer, EventSink sink, Func<int> nextIndex)
{
    public void Add(ChatChunk chunk)
    {
        answer.AddThoughts(chunk.Reasoning, chunk.WantsEcho);
        if (chunk.Content.HasText)
        {
            answer.AddText(chunk.Content);
        }
        else if (chunk.Content.IsArray)
        {
            AddParts(chunk.Content);
        }

        if (chunk.Refusal.HasText)
        {
            answer.AddRefusal(chunk.Refusal);
        }

        foreach (var image in chunk.Images.Elements)
        {
            AddImage(image);
        }
    }

    /// <summary>Only embedded pictures: loading one from a URL would reveal the reader to that server.</summary>
    private void AddImage(JsonValue image)
    {
        var url = image["image_url"u8]["url"u8];
        if (url.Characters.StartsWith("data:image/"u8))
        {
            sink.Add(new ProviderEvent.ImageDone(nextIndex(), ItemId: null, url.Text!));
        }
    }

    /// <summary>Mistral sends the content of reasoning models in typed pieces.</summary>
    private void AddParts(JsonValue parts)
    {
        foreach (var part in parts.Elements)
        {
            if (part["type"u8].Is("thinking"u8))
            {
                foreach (var thought in part["thinking"u8].Elements)
                {
                    answer.AddThoughts(thought["text"u8], wantsEcho: false);
                }
            }
            else if (part["image_url"u8].IsObject)
            {
                AddImage(part);
            }
            else if (part["text"u8].HasText)
            {
                answer.AddText(part["text"u8]);
            }
        }
    }
}
