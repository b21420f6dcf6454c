using System.Text;

namespace AotSidecar.NativeTests.ChatKit;

/// <summary>Source files that a user attaches, as each dialect takes them.</summary>
public sealed class TextFileTests
{
    [Theory]
    [InlineData("main.py", "text/x-python", "print('é')")]
    [InlineData("Program.cs", "application/octet-stream", "class A;")]
    [InlineData("main.ts", "video/mp2t", "const a = 1")]
    [InlineData("Makefile", "", "all:\n\ttrue")]
    public async Task ATextFile_WithChatCompletions_IsAPartOfText(string name, string type, string text)
    {
        await using var sidecar = await StartAsync("chat-completions");

        var request = await AskAsync(sidecar, name, type, text, static exchange => ChatCompletionsStream.WordsAsync(exchange, "ok"));

        var part = request["messages"]![0]!["content"]!.AsArray().Single(one => ((string?)one!["text"])?.Contains(name, StringComparison.Ordinal) == true)!;
        Assert.Equal("text", (string?)part["type"]);
        Assert.Contains(text, (string?)part["text"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABinaryFile_WithChatCompletions_StaysAFile()
    {
        await using var sidecar = await StartAsync("chat-completions");

        var request = await AskAsync(sidecar, "a.pdf", "application/pdf", "%PDF-1.4", static exchange => ChatCompletionsStream.WordsAsync(exchange, "ok"));

        Assert.Equal("a.pdf", (string?)request["messages"]![0]!["content"]!.AsArray().Single(static one => (string?)one!["type"] == "file")!["file"]!["filename"]);
    }

    [Theory]
    [InlineData("main.ts", "video/mp2t", "text/plain")]
    [InlineData("Program.cs", "application/octet-stream", "text/plain")]
    [InlineData("main.py", "text/x-python", "text/x-python")]
    public async Task ATextFile_WithResponses_HasATypeOfText(string name, string type, string sent)
    {
        await using var sidecar = await StartAsync("responses");

        var request = await AskAsync(sidecar, name, type, "x = 1", static exchange => ResponsesStream.WordsAsync(exchange, "ok"));

        Assert.Contains($"data:{sent};base64,{Convert.ToBase64String("x = 1"u8)}", request["input"]!.ToJsonString(), StringComparison.Ordinal);
    }

    private static Task<Sidecar> StartAsync(string dialect) => Sidecar.StartAsync(new SidecarSetup { Flags = ["--upstream-api", dialect] });

    /// <returns>What the provider was asked.</returns>
    private static async Task<System.Text.Json.Nodes.JsonNode> AskAsync(
        Sidecar sidecar, string name, string type, string text, Func<ProviderExchange, Task> answer)
    {
        sidecar.Provider.Answer = answer;
        var session = await sidecar.MintAsync();
        var announced = await sidecar.ChatAsync(session, Stage.Op(
            "attachments.create", $"\"name\":\"{name}\",\"size\":{Encoding.UTF8.GetByteCount(text)},\"mime_type\":\"{type}\""));
        var id = (string)announced.Json["id"]!;
        await sidecar.SendAsync(new HttpCall("PUT", $"/attachments/{id}") { Bearer = session.Token, Body = text, ContentType = "text/plain" });
        using var stream = await sidecar.Door.StreamAsync(session, ChatBody.Message("see").Replace("\"attachments\":[]", $"\"attachments\":[\"{id}\"]"));
        await stream.ToEndAsync();
        Assert.Null(stream.Error);
        return sidecar.Provider.Requests[^1].Json;
    }
}
