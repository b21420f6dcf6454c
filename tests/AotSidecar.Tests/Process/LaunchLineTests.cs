using System.Text;
using AotSidecar.Process;

namespace AotSidecar.Tests.Process;

public sealed class LaunchLineTests
{
    private const string Secret = "0123456789abcdefghijklmnopqrstuvwxyzABCDE-_";

    [Theory]
    [InlineData("""{"launchSecret":"{S}"}""")]
    [InlineData(""" { "launchSecret" : "{S}" } """)]
    [InlineData("""{"launchSecret":"{S}","proxy":{"url":"http://p:1","user":"u","password":"w","noProxy":["a.example"]}}""")]
    public void Parse_OfALine_IsTheSecret(string line) => Assert.Equal(Secret, Parse(line));

    [Theory]
    [InlineData("")]
    [InlineData("{S}")]
    [InlineData("null")]
    [InlineData("""["{S}"]""")]
    [InlineData("{}")]
    [InlineData("""{"launchSecret":null}""")]
    [InlineData("""{"launchSecret":5}""")]
    [InlineData("""{"launchSecret":"short"}""")]
    [InlineData("""{"launchSecret":"{S}="}""")]
    [InlineData("""{"launchSecret":"{S} "}""")]
    [InlineData("""{"launchSecret":"{S}","launchSecret":"{S}"}""")]
    [InlineData("""{"launchSecret":"{S}","more":1}""")]
    [InlineData("""{"launchSecret":"{S}"}x""")]
    [InlineData("""{"launchSecret":"{S}","proxy":{}}""")]
    [InlineData("""{"launchSecret":"{S}","proxy":"http://p:1"}""")]
    [InlineData("""{"launchSecret":"{S}","proxy":{"url":"http://u:w@p:1"}}""")]
    [InlineData("""{"launchSecret":"{S}","proxy":{"url":"socks5://p:1"}}""")]
    [InlineData("""{"launchSecret":"{S}","proxy":{"url":"http://p:1","noProxy":"a.example"}}""")]
    [InlineData("""{"launchSecret":"\ud800{S}"}""")]
    public void Parse_OfAnythingElse_IsFatalAndTellsNoSecret(string line)
    {
        var fatal = Assert.Throws<FatalException>(() => Parse(line));

        Assert.Equal(("launch_line_invalid", ExitCode.Usage), (fatal.Code, fatal.ExitCode));
        Assert.DoesNotContain(Secret, fatal.Message);
    }

    private static string Parse(string line) => LaunchLine.Parse(Encoding.UTF8.GetBytes(line.Replace("{S}", Secret))).Secret;
}
