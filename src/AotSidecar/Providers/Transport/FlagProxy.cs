using System.Net;

namespace AotSidecar.Providers.Transport;

/// <summary>
/// The proxy of <c>--proxy</c>, for everything but this machine. The framework's WebProxy would link the regular
/// expression engine for its bypass list.
/// </summary>
internal sealed class FlagProxy(Uri address, ICredentials? credentials) : IWebProxy
{
    public ICredentials? Credentials { get; set; } = credentials;

    public Uri GetProxy(Uri destination) => address;

    public bool IsBypassed(Uri host) => host.IsLoopback;
}
