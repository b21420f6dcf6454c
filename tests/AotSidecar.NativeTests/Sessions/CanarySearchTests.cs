using System.Text;

namespace AotSidecar.NativeTests.Sessions;

/// <summary>The search for canaries finds one in every shape; otherwise their absence would prove nothing.</summary>
public sealed class CanarySearchTests
{
    private const string Value = "sk-canary+/=~KEY 0123456789";

    public static TheoryData<string> Texts =>
    [
        $"before {Value} after",
        Convert.ToHexString(Encoding.UTF8.GetBytes($"x{Value}")),
        Convert.ToHexStringLower(Encoding.UTF8.GetBytes($"x{Value}")),
        Uri.EscapeDataString($"x{Value}"),
        Base64($"{Value} after"),
        Base64($"1{Value} after"),
        Base64($"12{Value} after"),
        Base64($"1{Value}").Replace('+', '-').Replace('/', '_'),
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Canary_InAnyShape_IsFound(string text) =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(
            () => new Canary("value", Value).AssertAbsent(Encoding.UTF8.GetBytes(text), "the text"));

    [Fact]
    public void Canary_InAnotherText_IsNotFound() =>
        new Canary("value", Value).AssertAbsent("sk-canary without the rest"u8.ToArray(), "the text");

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
