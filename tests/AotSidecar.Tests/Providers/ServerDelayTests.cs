using AotSidecar.Providers.Failures;

namespace AotSidecar.Tests.Providers;

public sealed class ServerDelayTests
{
    [Theory]
    [InlineData("Rate limit reached. Please try again in 6.4s. Visit …", 6_400)]
    [InlineData("Please try again in 1m12.5s.", 72_500)]
    [InlineData("Please retry in 34.07s.", 34_070)]
    [InlineData("try again in 200ms", 200)]
    [InlineData("Try again in 20 seconds", 20_000)]
    [InlineData("try again in 2 minutes", 120_000)]
    [InlineData("try again in 7h", 3_600_000)]
    [InlineData("try again in a while", null)]
    [InlineData("try again in 20", null)]
    [InlineData("", null)]
    public void Delay_InASentence_IsRead(string message, int? milliseconds) =>
        Assert.Equal(milliseconds, (int?)ServerDelay.FromMessage(message)?.TotalMilliseconds);
}
