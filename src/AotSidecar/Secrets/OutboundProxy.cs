using System.Globalization;
using System.Net;
using System.Text.Json.Serialization;

namespace AotSidecar.Secrets;

/// <summary>
/// A proxy for requests to providers. Its credentials come over stdin or the bridge, never in an argument, and are never
/// printed.
/// </summary>
/// <param name="Url">http or https, without user information.</param>
/// <param name="User">Empty if the proxy asks for none.</param>
/// <param name="NoProxy">
/// Hosts reached directly, separated by commas: a name and its subdomains, with a port if only that one is meant, or
/// <c>*</c>. This machine always is.
/// </param>
internal sealed record OutboundProxy(Uri Url, string User = "", string Password = "", string NoProxy = "") : IWebProxy
{
    private const int MaxText = 2048;
    private const int MaxHosts = 256;

    ICredentials? IWebProxy.Credentials
    {
        get => User.Length > 0 ? new NetworkCredential(User, Password) : null;
        set { }
    }

    /// <summary>Null for anything but an http or https URL without user information.</summary>
    public static Uri? TryParseUrl(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "http" or "https", UserInfo: "", Host.Length: > 0 }
            ? url
            : null;

    /// <summary>Null when the message cannot be used.</summary>
    public static OutboundProxy? TryCreate(ProxyMessage message)
    {
        var hosts = message.NoProxy ?? message.NoProxySnake ?? [];
        return TryParseUrl(message.Url) is { } url
            && IsPlain(message.User) && IsPlain(message.Password)
            && hosts.Count <= MaxHosts && hosts.All(static host => IsPlain(host) && host is not null && !host.Contains(','))
                ? new OutboundProxy(url, message.User ?? "", message.Password ?? "", string.Join(',', hosts))
                : null;
    }

    public Uri? GetProxy(Uri destination) => Url;

    public bool IsBypassed(Uri host) =>
        host.IsLoopback
        || NoProxy.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Any(rule => Matches(rule, host));

    public override string ToString() => "OutboundProxy(***)";

    /// <summary><c>example.com</c>, <c>.example.com</c>, <c>*.example.com</c>, <c>example.com:8443</c>, <c>*</c>.</summary>
    private static bool Matches(string rule, Uri host)
    {
        if (rule == "*")
        {
            return true;
        }

        var colon = rule.LastIndexOf(':');
        if (colon > 0 && (rule.IndexOf(':') == colon || rule[colon - 1] == ']'))
        {
            if (rule[(colon + 1)..] != host.Port.ToString(CultureInfo.InvariantCulture))
            {
                return false;
            }

            rule = rule[..colon];
        }

        var name = rule.TrimStart('*').TrimStart('.').Trim('[', ']');
        var asked = host.IdnHost;
        return name.Length > 0
            && asked.EndsWith(name, StringComparison.OrdinalIgnoreCase)
            && (asked.Length == name.Length || asked[^(name.Length + 1)] == '.');
    }

    private static bool IsPlain(string? text) => text is null || (text.Length <= MaxText && !text.Any(char.IsControl));
}

/// <summary>
/// The member <c>proxy</c> of the launch line and of a <c>secrets/get</c> result:
/// <c>{"url","user"?,"password"?,"noProxy"?:[…]}</c>; <c>no_proxy</c> is the same.
/// </summary>
internal sealed record ProxyMessage
{
    public string? Url { get; init; }

    public string? User { get; init; }

    public string? Password { get; init; }

    public IReadOnlyList<string>? NoProxy { get; init; }

    [JsonPropertyName("no_proxy")]
    public IReadOnlyList<string>? NoProxySnake { get; init; }

    public override string ToString() => "ProxyMessage(***)";
}
