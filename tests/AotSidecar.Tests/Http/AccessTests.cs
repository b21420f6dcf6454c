using AotSidecar.Http;

namespace AotSidecar.Tests.Http;

public sealed class AccessTests
{
    private readonly AccessList _access = new(["https://a.example", "vscode-webview://*"], ["tunnel.example"]);

    [Theory]
    [InlineData("https://a.example", true)]
    [InlineData("vscode-webview://0abc", true)]
    [InlineData("vscode-webview://*", false)]
    [InlineData("vscode-webview://", false)]
    [InlineData("vscode-webview://a/b", false)]
    [InlineData("https://a.example:443", false)]
    [InlineData("https://A.example", false)]
    [InlineData("http://a.example", false)]
    [InlineData("https://a.example.evil", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    public void AllowsOrigin_IsExactOrOfAWholeScheme(string origin, bool allowed) => Assert.Equal(allowed, _access.AllowsOrigin(origin));

    [Theory]
    [InlineData("127.0.0.1:5", true)]
    [InlineData("LOCALHOST:5", true)]
    [InlineData("tunnel.example", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.1:6", false)]
    [InlineData("[::1]:5", false)]
    [InlineData("evil.example:5", false)]
    [InlineData("", false)]
    public void AllowsHost_IsOursOrNamed(string host, bool allowed)
    {
        _access.SetPort(5);

        Assert.Equal(allowed, _access.AllowsHost(host));
    }

    [Fact]
    public void Allow_AddsUntilItIsFull()
    {
        Assert.True(_access.Allow(["https://late.example"], ["late.example:1"]));
        Assert.False(_access.Allow([.. Enumerable.Range(0, 1024).Select(static at => $"https://h{at}.example")], []));

        Assert.True(_access.AllowsOrigin("https://late.example"));
        Assert.True(_access.AllowsHost("late.example:1"));
        Assert.False(_access.AllowsOrigin("https://h1.example"));
    }

    [Theory]
    [InlineData("https://a.example", true)]
    [InlineData("https://a.example:8443", true)]
    [InlineData("vscode-webview://0a-b", true)]
    [InlineData("https://a.example/", false)]
    [InlineData("https://a b", false)]
    [InlineData("https://u@a", false)]
    [InlineData("HTTPS://a", false)]
    [InlineData("://a", false)]
    [InlineData("a.example", false)]
    [InlineData("https://*", false)]
    [InlineData("https://é", false)]
    public void IsExact_IsWhatABrowserSends(string origin, bool exact)
    {
        Assert.Equal(exact, Origins.IsExact(origin));
        Assert.Equal(exact || origin == "https://*", Origins.IsPattern(origin));
    }
}
