namespace AotSidecar.Http;

/// <summary>
/// The accepted Host values and origins: from the flags, from the host (<c>access/allow</c>), and from sessions bound
/// to an origin. Reads take no lock; a change replaces the whole set.
/// </summary>
/// <param name="origins">Exact origins and <c>scheme://*</c> patterns.</param>
internal sealed class AccessList(IEnumerable<string> origins, IEnumerable<string> hosts)
{
    /// <summary>Bounds what a faulty host can add.</summary>
    private const int MaxEntries = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _boundCounts = new(StringComparer.Ordinal);
    private volatile HashSet<string> _hosts = new(hosts, StringComparer.OrdinalIgnoreCase);
    private volatile HashSet<string> _origins = new(origins, StringComparer.Ordinal);
    private volatile HashSet<string> _bound = [];
    private volatile string[] _ownHosts = [];

    /// <summary>Called once the port is known.</summary>
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

    /// <summary>Adds addresses that the host learns later, such as those of port forwarding.</summary>
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
