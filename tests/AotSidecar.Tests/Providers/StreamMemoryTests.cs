using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Responses;
using AotSidecar.Providers.Sse;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.Providers;

/// <summary>Memory of a stream: its pictures are held once, echoed requests not at all.</summary>
public sealed class StreamMemoryTests
{
    private const int Picture = 8 << 20;

    [Fact]
    public void FinalResponse_WithThePictureAgain_IsNotCopied()
    {
        var bytes = Encoding.UTF8.GetBytes(Fixture.Text("resp-image").Replace("\"output\":[{", "\"output\":[{\"echo\":\"" + new string('A', Picture) + "\",", StringComparison.Ordinal));
        Replay.Run(ProviderApi.Responses, bytes);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var transcript = Replay.Run(ProviderApi.Responses, bytes);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal("completed Stop", transcript.Lines.Split('\n')[^1]);
        Assert.True(allocated < Picture / 4, $"{allocated} bytes allocated");
    }

    [Fact]
    public void Preview_OfManyMebibytes_IsHeldOnceAsText()
    {
        var bytes = Encoding.UTF8.GetBytes(Fixture.Text("resp-image").Replace(
            "\"partial_image_b64\":\"", "\"partial_image_b64\":\"" + new string('A', Picture), StringComparison.Ordinal));
        Replay.Run(ProviderApi.Responses, bytes);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var transcript = Replay.Run(ProviderApi.Responses, bytes);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.All(transcript.All<ProviderEvent.ImagePartial>(), preview => Assert.True(preview.Url.Length > Picture));
        Assert.True(allocated < (2 * 2 * Picture) + (Picture / 4), $"{allocated} bytes allocated");
    }

    [Fact]
    public void UnknownType_IsLoggedOnce()
    {
        var log = new List<string>();
        var context = new AnswerContext(
            Replay.Origin, new HashSet<string>(), StreamLimits.Default, new ListLogger<StreamMemoryTests>(log));
        var events = new[]
        {
            """{"type":"response.never_heard_of_it","output_index":0}""",
            """{"type":"response.never_heard_of_it","output_index":1}""",
            """{"type":"bad\r\nname","x":1}""",
        };

        for (var turns = 0; turns < 2; turns++)
        {
            var turn = new ResponsesTurn(context);
            Array.ForEach(events, json => turn.Accept(Encoding.UTF8.GetBytes(json)));
        }

        Assert.Single(log, line => line.Contains("never_heard_of_it", StringComparison.Ordinal));
        Assert.DoesNotContain(log, line => line.Contains("bad", StringComparison.Ordinal));
    }
}
