namespace AotSidecar.NativeTests.ChatKit;

/// <summary>A page that goes away must not go on costing money.</summary>
public sealed class ClientGoneTests(SharedSidecar shared) : IClassFixture<SharedSidecar>
{
    [Theory]
    [InlineData("closed")]
    [InlineData("reset")]
    public async Task Provider_WhenThePageGoesAwayDuringAStream_IsHungUpOn(string how)
    {
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        shared.Sidecar.Provider.Answer = async exchange =>
        {
            await ResponsesStream.EndlessAsync(exchange);
            hungUp.SetResult();
        };
        var connection = await shared.Sidecar.ConnectAsync();
        await connection.SendAsync(new HttpCall("POST", "/chatkit")
        {
            Bearer = shared.Session.Token,
            Body = ChatBody.Message("hello"),
        }.ToBytes(shared.Sidecar.Door.Authority));
        var (_, headers, _) = await connection.ReadHeadAsync();
        await new ChatStream(connection, headers).UntilDeltaAsync();

        if (how == "reset")
        {
            connection.Reset();
        }

        connection.Dispose();

        await hungUp.Task.Within("the end of the provider's connection");
    }
}
