namespace AotSidecar.NativeTests.Providers;

/// <summary>What is made ready for the first turn while nobody waits.</summary>
public sealed class TrustStoreTests
{
    [Fact]
    public async Task Page_OfARemoteProvidersSession_AsksNobodyUntilItSends()
    {
        using var provider = new FakeProvider();
        var port = new Uri(provider.BaseUrl).Port;
        await using var sidecar = await Sidecar.StartAsync(new SidecarSetup
        {
            Host = host => host.OnSecretsGet = (connection, request) => connection.ReplyAsync(
                request["id"]!, $$"""{"secret":"sk-test-0123456789","baseUrl":"https://localhost:{{port}}/v1"}"""),
        });

        await sidecar.MintAsync();
        var session = await sidecar.MintAsync();
        await sidecar.ChatAsync(session, ChatBody.List);

        Assert.Equal(0, provider.Connections);
    }
}
