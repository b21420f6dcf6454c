using AotSidecar.Benchmarks.Net;

namespace AotSidecar.Benchmarks.Measures;

/// <summary>A set of load connections to one route.</summary>
internal sealed class Connections : IDisposable
{
    private readonly List<HttpConnection> _all = [];

    public Connections(Route route, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _all.Add(new HttpConnection(route.Port));
        }
    }

    public IReadOnlyList<HttpConnection> All => _all;

    public int IndexOf(HttpConnection connection) => _all.IndexOf(connection);

    public void Dispose() => _all.ForEach(connection => connection.Dispose());
}
