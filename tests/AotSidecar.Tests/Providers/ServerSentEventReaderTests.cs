using System.Text;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Tests.Providers;

public sealed class ServerSentEventReaderTests
{
    [Theory]
    [InlineData("data: a\n\ndata: b\n\n", "a|b")]
    [InlineData("data: a\rdata: b\r\r", "a\nb")]
    [InlineData("data:a\r\ndata:  b\r\n\r\n", "a\n b")]
    [InlineData("data: a\ndata\ndata: b\n\n", "a\n\nb")]
    [InlineData("data\n\n", "")]
    [InlineData("data:\n\n", "")]
    [InlineData(": only\n\n: comments\n\n", "")]
    [InlineData("database: no\n\nDATA: no\n\n data: no\n\n", "")]
    [InlineData("data: a", "a")]
    [InlineData("data: a\n", "a")]
    [InlineData("data: a\r", "a")]
    [InlineData("\n\n\ndata: a\n\n", "a")]
    [InlineData("\uFEFFdata: a\n\ndata: \uFEFFb\n\n", "a|\uFEFFb")]
    public async Task Read_OfFormat_GivesData(string text, string expected)
    {
        foreach (var piece in new[] { 1, 2, 3, 1000 })
        {
            using var reader = Open(Encoding.UTF8.GetBytes(text), piece);

            Assert.Equal(expected, string.Join('|', await ReadAllAsync(reader)));
        }
    }

    [Fact]
    public async Task Read_OfErrorLine_RemembersIt()
    {
        using var reader = Open("error: {\"code\":400}\n\ndata: [DONE]\n\n"u8.ToArray(), 3);

        await ReadAllAsync(reader);

        Assert.Equal(" {\"code\":400}", Encoding.UTF8.GetString(reader.ErrorLine!));
    }

    [Fact]
    public async Task Read_OfLineWithoutEnd_RefusesBeforeTwoMebibytes()
    {
        var stream = new EndlessStream("data: "u8.ToArray());
        using var reader = new ServerSentEventReader(stream, StreamLimits.Default);

        var refused = await Assert.ThrowsAsync<UpstreamException>(() => ReadAllAsync(reader));

        Assert.Equal("upstream_event_too_large", refused.Failure.Code);
        Assert.InRange(stream.Given, 3 << 19, 2 << 20);
    }

    [Fact]
    public async Task Read_OfEventOfManyLines_RefusesAboveFourMebibytes()
    {
        var line = "data: " + new string('x', 1 << 20) + "\n";
        using var reader = Open(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(line, 5)) + "\n"), 1 << 16);

        var refused = await Assert.ThrowsAsync<UpstreamException>(() => ReadAllAsync(reader));

        Assert.Equal("upstream_event_too_large", refused.Failure.Code);
    }

    [Theory]
    [InlineData("event: response.image_generation_call.partial_image\ndata: {\"x\":\"")]
    [InlineData("data: {\"type\":\"response.image_generation_call.partial_image\",\"partial_image_b64\":\"")]
    [InlineData("data: {\"type\":\"response.output_item.done\",\"item\":{\"id\":\"ig_1\",\"type\":\"image_generation_call\",\"result\":\"")]
    [InlineData("event: response.image_generation_call.completed\n\ndata: {\"type\":\"response.completed\",\"response\":{\"x\":\"")]
    public async Task Read_OfPicture_AllowsThirtyTwoMebibytes(string head)
    {
        var picture = Encoding.ASCII.GetBytes(head + new string('A', 30 << 20) + "\"}\n\n");
        using var reader = Open(picture, 1 << 16);
        using var larger = new ServerSentEventReader(
            new EndlessStream(Encoding.ASCII.GetBytes(head)), StreamLimits.Default);

        Assert.Single(await ReadAllAsync(reader));
        await Assert.ThrowsAsync<UpstreamException>(() => ReadAllAsync(larger));
    }

    [Fact]
    public async Task Read_OfMoreThanTheTotal_Refuses()
    {
        var limits = StreamLimits.Default with { Total = 1000 };
        using var reader = new ServerSentEventReader(
            new PiecewiseStream(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(": ping\n\n", 200))), [16]), limits);

        await Assert.ThrowsAsync<UpstreamException>(() => ReadAllAsync(reader));
    }

    private static ServerSentEventReader Open(byte[] bytes, int piece) =>
        new(new PiecewiseStream(bytes, [piece]), StreamLimits.Default);

    private static async Task<List<string>> ReadAllAsync(ServerSentEventReader reader)
    {
        var events = new List<string>();
        bool more;
        do
        {
            more = await reader.FillAsync(CancellationToken.None);
            while (reader.TryRead(out var data))
            {
                events.Add(Encoding.UTF8.GetString(data.Span));
            }
        }
        while (more);

        return events;
    }

    /// <summary>Never sends a line end after its head.</summary>
    private sealed class EndlessStream(byte[] head) : MemoryStream
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var first = Given == 0;
            var length = first ? head.Length : Math.Min(buffer.Length, 1 << 16);
            if (first)
            {
                head.CopyTo(buffer);
            }
            else
            {
                buffer.Span[..length].Fill((byte)'x');
            }

            Given += length;
            return new(length);
        }
    }
}
