using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Failures;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.Providers;

public sealed class StreamGuessTests
{
    [Theory]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n", 100, false)]
    [InlineData("\r\n\n", 10_000, true)]
    public async Task Guess_OfALongFirstRead_RefusesOnlyBlanks(string text, int times, bool refused)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, times)));
        using var stream = Replay.Open(ProviderApi.ChatCompletions, new PiecewiseStream(bytes, []), out var deadline);
        using (deadline)
        {
            await stream.GuessAsync(UpstreamFailures.Garbled);

            Assert.Equal(refused, await stream.NextAsync() is ProviderEvent.Failed);
        }
    }
}
