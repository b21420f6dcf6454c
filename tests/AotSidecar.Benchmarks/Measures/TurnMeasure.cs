using System.Globalization;
using System.Text;
using AotSidecar.Benchmarks.Net;
using AotSidecar.Benchmarks.Provider;
using AotSidecar.Benchmarks.Report;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>From the page's message to the provider's first delta, in threads of several lengths.</summary>
internal static class TurnMeasure
{
    private const int Turns = 30;

    // Answers of this many messages fill a thread without a turn for each item.
    private const int ItemsPerAnswer = 100;

    // The last leaves room for the measured turns below the 10,000 items that a thread may have.
    private static readonly int[] Lengths = [10, 1_000, 9_900];

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        using var sidecar = await bench.StartSidecarAsync(cancellationToken);
        foreach (var length in bench.IsShort ? Lengths.Take(2) : Lengths)
        {
            var token = await sidecar.MintAsync(cancellationToken);
            using var page = new HttpConnection(sidecar.Port) { Body = new MemoryStream() };
            var thread = Fill(page, sidecar.Port, token, length);
            page.Body = null;
            for (var turn = 0; turn < bench.Rounds(Turns); turn++)
            {
                LoadLoop.Exchange(page, HttpBytes.AddMessage(sidecar.Port, token, Answer.Short, thread));
                Require.Deltas(page, Answer.Parse(Answer.Short).Deltas);
                bench.Values.Add(Figure.TurnSetUp(length), Column.ChatKit, (page.Deltas.FirstSent - page.SentAt) / 1e3);
            }
        }
    }

    private static string Fill(HttpConnection page, int port, string token, int length)
    {
        var first = Math.Min(length, ItemsPerAnswer);
        LoadLoop.Exchange(page, HttpBytes.CreateThread(port, token, Answer.Items(first - 1)));
        var created = Encoding.UTF8.GetString(page.Body!.ToArray());
        var at = created.IndexOf("\"thr_", StringComparison.Ordinal) + 1;
        var thread = created[at..created.IndexOf('"', at)];
        for (var items = first; items < length; items += ItemsPerAnswer)
        {
            LoadLoop.Exchange(page, HttpBytes.AddMessage(port, token, Answer.Items(ItemsPerAnswer - 1), thread));
            var end = Encoding.UTF8.GetString(page.Body!.ToArray().AsSpan()[^Math.Min((int)page.Body.Length, 400)..]);
            if (end.Contains("\"error\"", StringComparison.Ordinal))
            {
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"At {items} items a turn ended with: {end}"));
            }
        }

        return thread;
    }
}
