namespace AotSidecar.NativeTests.Harness;

/// <summary>One sidecar with one session for all rows of a class that leave it as it was.</summary>
public sealed class SharedSidecar : IAsyncLifetime
{
    internal Sidecar Sidecar { get; private set; } = null!;

    internal Session Session { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Sidecar = await Sidecar.StartAsync();
        Session = await Sidecar.MintAsync(members: ""","rateLimits":{"maxRequestsPer1Minute":1000}""");
    }

    public async Task DisposeAsync() => await Sidecar.DisposeAsync();

    /// <summary>Puts the running sidecar's port, token and launch secret into a row's text.</summary>
    internal string Fill(string text) => Sidecar.Fill(text).Replace("{T}", Session.Token, StringComparison.Ordinal);

    internal async Task<RawReply> SendRawAsync(string text)
    {
        using var connection = await Sidecar.ConnectAsync();
        await connection.SendUnlessRefusedAsync(System.Text.Encoding.Latin1.GetBytes(Fill(text)));
        return await connection.ReadReplyAsync();
    }
}
