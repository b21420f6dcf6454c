using System.Text;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.ChatCompletions;
using AotSidecar.Providers.Responses;
using AotSidecar.Providers.Sse;
using AotSidecar.Providers.Transport;
using AotSidecar.Secrets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AotSidecar.Tests.Providers;

/// <summary>Runs bytes through the real reader and translator, cut as one likes.</summary>
internal static class Replay
{
    public const string Origin = "origin";

    public static ProviderApi DialectOf(string fixture) =>
        fixture.StartsWith("chat", StringComparison.Ordinal) ? ProviderApi.ChatCompletions : ProviderApi.Responses;

    public static Transcript Text(string fixture, string text) => Run(DialectOf(fixture), Encoding.UTF8.GetBytes(text));

    public static Transcript Responses(IEnumerable<string> events) =>
        Run(ProviderApi.Responses, Encoding.UTF8.GetBytes(Fixture.Join(events)));

    /// <summary>Chat chunks given as their JSON.</summary>
    public static Transcript Chat(params IEnumerable<string> chunks) =>
        Run(ProviderApi.ChatCompletions, Encoding.UTF8.GetBytes(Fixture.Join(chunks.Select(chunk => "data: " + chunk))));

    /// <param name="pieces">Lengths of the reads, repeated; none for all at once.</param>
    public static Transcript Run(ProviderApi dialect, byte[] bytes, params int[] pieces)
    {
        var transcript = new Transcript();
        using var stream = Open(dialect, new PiecewiseStream(bytes, pieces), out var deadline);
        using (deadline)
        {
            while (Next(stream) is { } next)
            {
                transcript.Add(next);
            }

            return transcript;
        }
    }

    public static TurnStream Open(ProviderApi dialect, Stream body, out ReadDeadline deadline)
    {
        var context = new AnswerContext(Origin, new HashSet<string> { "get_weather" }, StreamLimits.Default, Log);
        TurnTranslator translator =
            dialect == ProviderApi.ChatCompletions ? new ChatTurn(context) : new ResponsesTurn(context);
        deadline = new ReadDeadline(
            TimeProvider.System,
            UpstreamTimeouts.Default,
            TimeProvider.System.GetTimestamp(),
            UpstreamTimeouts.Default.Idle,
            CancellationToken.None);
        return new TurnStream(body, translator, deadline, UpstreamTimeouts.Default, StreamLimits.Default, CancellationToken.None);
    }

    private static ProviderEvent? Next(TurnStream stream)
    {
        var next = stream.NextAsync();
        return next.IsCompleted ? next.Result : throw new InvalidOperationException("bytes at hand, yet it waits");
    }

    private static ILogger Log => NullLogger.Instance;
}

/// <summary>A stream whose reads return as much as a test says.</summary>
internal sealed class PiecewiseStream(byte[] bytes, int[] pieces) : MemoryStream(bytes)
{
    private int _reads;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var length = pieces.Length == 0 ? buffer.Length : pieces[_reads++ % pieces.Length];
        return base.ReadAsync(buffer[..Math.Min(length, buffer.Length)], cancellationToken);
    }
}
