using AotSidecar.CommandLine;

namespace AotSidecar.Tests.CommandLine;

public sealed class WindowsPipeNameTests
{
    [Theory]
    [InlineData("aotsidecar-1f", "aotsidecar-1f")]
    [InlineData(@"\\.\pipe\aotsidecar-1f", "aotsidecar-1f")]
    [InlineData(@"\\.\PIPE\aotsidecar-1f", "aotsidecar-1f")]
    [InlineData(@"\\?\pipe\aotsidecar-1f", "aotsidecar-1f")]
    [InlineData("a name: with * and ?", "a name: with * and ?")]
    public void Parse_OfAPipe_IsItsNameAlone(string value, string name) => Assert.Equal(name, WindowsPipeName.Parse(value));

    [Theory]
    [InlineData("")]
    [InlineData(@"\\.\pipe\")]
    [InlineData(@"\\server\pipe\name")]
    [InlineData(@"\\.\pipe\..\C:")]
    [InlineData(@"\\.\pipe\..")]
    [InlineData(@"C:\users\x\s")]
    [InlineData("/run/user/1000/x/p")]
    public void Parse_OfSomethingElse_IsNothing(string value) => Assert.Null(WindowsPipeName.Parse(value));

    [Fact]
    public void Parse_OfANameLongerThanWindowsTakes_IsNothing()
    {
        Assert.NotNull(WindowsPipeName.Parse(new string('n', 256)));
        Assert.Null(WindowsPipeName.Parse(new string('n', 257)));
    }
}
