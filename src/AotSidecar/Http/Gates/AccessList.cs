namespace AotSidecar.Http;

/// <summary>
/// Which Host values and origins may speak to the port: what the flags allow, what the host added later
/// (<c>access/allow</c>), and the origins that live sessions are bound to. Read on every request without a lock; every
/// change replaces the set it touches.
/// </summary>
/// <param name="origins">Exact origins and <c>scheme://*</c> patterns.</param>
internal sealed class AccessList(IEnumerable<string> origins, IEnumerable<string> hosts)
{
    /// <summary>More than any host needs; bounds what a faulty one can add.</summary>
    private const int MaxEntries = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _boundCounts = new(StringComparer.Ordinal);
    private volatile HashSet<string> _hosts = new(hosts, StringComparer.OrdinalIgnoreCase);
    private volatile HashSet<string> _origins = new(origins, StringComparer.Ordinal);
    private volatile HashSet<string> _bound = [];
    private volatile string[] _ownHosts = [];

    /// <summary>The port is known only after listening.</summary>
    public void SetPort(int port) => _ownHosts = [$"127.0.0.1:{port}", $"localhost:{port}"];

    public bool AllowsHost(string host)
    {
        foreach (var own in _ownHosts)
        {
            if (host.Equals(own, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return host.Length > 0 && _hosts.Contains(host);
    }

    public bool AllowsOrigin(string origin)
    {
        if (_origins.Contains(origin) || _bound.Contains(origin))
        {
            return !origin.EndsWith("//*", StringComparison.Ordinal);
        }

        var host = origin.IndexOf("://", StringComparison.Ordinal) + 3;
        return host > 2 && _origins.Contains(origin[..host] + "*") && Origins.IsExact(origin);
    }

    /// <summary>Adds what the host knows only after the port: external addresses of port forwarding.</summary>
    /// <returns>False when the list is full.</returns>
    public bool Allow(IReadOnlyCollection<string> origins, IReadOnlyCollection<string> hosts)
    {
        lock (_gate)
        {
            if (_origins.Count + origins.Count > MaxEntries || _hosts.Count + hosts.Count > MaxEntries)
            {
                return false;
            }

            _origins = new(_origins.Concat(origins), StringComparer.Ordinal);
            _hosts = new(_hosts.Concat(hosts), StringComparer.OrdinalIgnoreCase);
            return true;
        }
    }

    /// <summary>A session bound to this origin began.</summary>
    public void Bind(string origin)
    {
        lock (_gate)
        {
            var count = _boundCounts.GetValueOrDefault(origin);
            _boundCounts[origin] = count + 1;
            if (count == 0)
            {
                _bound = new(_boundCounts.Keys, StringComparer.Ordinal);
            }
        }
    }

    /// <summary>A session bound to this origin ended.</summary>
    public void Unbind(string origin)
    {
        lock (_gate)
        {
            if (_boundCounts.GetValueOrDefault(origin) > 1)
            {
                _boundCounts[origin]--;
            }
            else if (_boundCounts.Remove(origin))
            {
                _bound = new(_boundCounts.Keys, StringComparer.Ordinal);
            }
        }
    }
}
