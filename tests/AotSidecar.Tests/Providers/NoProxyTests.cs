using AotSidecar.Secrets;

namespace AotSidecar.Tests.Providers;

public sealed class NoProxyTests
{
    [Theory]
    [InlineData("", "https://api.example.com/v1", false)]
    [InlineData("*", "https://api.example.com/v1", true)]
    [InlineData("example.com", "https://example.com/v1", true)]
    [InlineData("example.com", "https://api.EXAMPLE.com/v1", true)]
    [InlineData("example.com", "https://badexample.com/v1", false)]
    [InlineData(".example.com", "https://api.example.com/v1", true)]
    [InlineData("*.example.com", "https://api.example.com/v1", true)]
    [InlineData("a.example, b.example", "https://b.example/v1", true)]
    [InlineData("example.com:443", "https://example.com/v1", true)]
    [InlineData("example.com:8443", "https://example.com/v1", false)]
    [InlineData("10.0.0.7", "https://10.0.0.7/v1", true)]
    [InlineData("[fd00::1]:8443", "https://[fd00::1]:8443/v1", true)]
    [InlineData("fd00::1", "https://[fd00::1]/v1", true)]
    [InlineData("", "http://127.0.0.1:11434/v1", true)]
    public void IsBypassed_ByRule_IsWhatTheListSays(string rules, string provider, bool direct) => Assert.Equal(
        direct, new OutboundProxy(new Uri("http://proxy.example:3128"), NoProxy: rules).IsBypassed(new Uri(provider)));
}
