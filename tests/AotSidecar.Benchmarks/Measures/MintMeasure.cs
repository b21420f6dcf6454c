using AotSidecar.Benchmarks.Net;
using AotSidecar.Benchmarks.Report;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>What a webview waits for a session: the request, the call over the bridge for the key, the reply.</summary>
internal static class MintMeasure
{
    private const int RoundCount = 5;

    // Minting over HTTP is limited to 60 a minute, so each round has a sidecar of its own and stays below.
    private const int Mints = 50;
    private const int Warm = 5;

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        for (var round = 0; round < bench.Rounds(RoundCount); round++)
        {
            using var sidecar = await bench.StartSidecarAsync(cancellationToken);
            using var page = new HttpConnection(sidecar.Port);
            List<double> http = [];
            List<double> bridge = [];
            for (var i = 0; i < Mints; i++)
            {
                LoadLoop.Exchange(page, sidecar.MintRequest());
                var start = MonotonicClock.Now;
                await sidecar.MintAsync(cancellationToken);
                if (i >= Warm)
                {
                    http.Add((page.CompletedAt - page.SentAt) / 1e3);
                    bridge.Add((MonotonicClock.Now - start) / 1e3);
                }
            }

            bench.Values.Add(Figure.MintHttp, Column.ChatKit, Quantile.Middle(http).Median);
            bench.Values.Add(Figure.MintBridge, Column.ChatKit, Quantile.Middle(bridge).Median);
        }
    }
}
