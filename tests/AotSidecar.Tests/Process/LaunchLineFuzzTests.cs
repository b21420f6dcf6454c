using System.Text;
using AotSidecar.Process;
using AotSidecar.Secrets;
using CsCheck;

namespace AotSidecar.Tests.Process;

public sealed class LaunchLineFuzzTests
{
    private const string Secret = "0123456789abcdefghijklmnopqrstuvwxyzABCDE-_";

    /// <summary>Shorter pieces of the secret are words that a message may hold by chance.</summary>
    private const int TellingLength = 6;

    [Fact]
    public void Parse_OfAnyBytes_IsFatal() => Gen.Byte.Array[0, 200].Sample(static line =>
    {
        var fatal = Assert.Throws<FatalException>(() => LaunchLine.Parse(line));

        Assert.Equal(("launch_line_invalid", ExitCode.Usage), (fatal.Code, fatal.ExitCode));
    }, iter: 5000);

    [Fact]
    public void Parse_OfALineThatWasValid_IsASecretOfTheRightShapeOrFatalAndTellsNothing()
    {
        var valid = Encoding.UTF8.GetBytes($$"""{"launchSecret":"{{Secret}}"}""");

        Mutations.Of(valid).Sample(static line =>
        {
            try
            {
                var secret = LaunchLine.Parse(line).Secret;

                Assert.True(secret.Length >= LaunchSecret.MinLength && secret.All(IsBase64Url), secret);
            }
            catch (FatalException fatal)
            {
                Assert.Equal(("launch_line_invalid", ExitCode.Usage), (fatal.Code, fatal.ExitCode));
                for (var at = 0; at + TellingLength <= Secret.Length; at++)
                {
                    Assert.DoesNotContain(Secret.Substring(at, TellingLength), fatal.Message, StringComparison.Ordinal);
                }
            }
        }, iter: 3000);
    }

    private static bool IsBase64Url(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';
}
