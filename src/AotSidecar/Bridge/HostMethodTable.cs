namespace AotSidecar.Bridge;

/// <summary>The methods the sidecar offers to the host, by name. Empty until the host has proved itself.</summary>
internal sealed class HostMethodTable
{
    private volatile Dictionary<string, IHostMethod> _methods = [];

    public void Open(IEnumerable<IHostMethod> methods) =>
        _methods = methods.ToDictionary(static method => method.Name, StringComparer.Ordinal);

    public IHostMethod? Find(string name) => _methods.GetValueOrDefault(name);
}
