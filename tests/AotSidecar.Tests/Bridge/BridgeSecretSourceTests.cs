using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.Failures;
using AotSidecar.Secrets;
using AotSidecar.Tests.ChatKit.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace AotSidecar.Tests.Bridge;

public sealed class BridgeSecretSourceTests
{
    private const string Method = "secrets/get";

    private static readonly SecretName Name = new("k", "pro");

    private static readonly ProviderDefaults Defaults = new(new Uri("https://flags.example/v1"), ProviderApi.Responses, "flag-model");

    private readonly FakeExtensionHost _host = new();
    private readonly BridgeSecretSource _source;

    public BridgeSecretSourceTests() =>
        _source = new BridgeSecretSource(_host, Defaults, NullLogger<BridgeSecretSource>.Instance);

    [Theory]
    [InlineData(-32001, 404, "secret_not_found")]
    [InlineData(-32002, 403, "secret_denied")]
    [InlineData(-32003, 403, "secret_locked")]
    [InlineData(-32004, 504, "bridge_timeout")]
    [InlineData(-32800, 409, "request_cancelled")]
    [InlineData(-32601, 502, "bridge_incompatible")]
    [InlineData(-32603, 502, "bridge_error")]
    public Task Find_ThatTheHostRefuses_HasStatusAndCode(int error, int status, string code) =>
        AssertRefusedAsync(new HostReply.Error(error), status, code);

    [Fact]
    public async Task Find_ThatGetsNoAnswer_HasStatusAndCode()
    {
        await AssertRefusedAsync(new HostReply.TimedOut(), 504, "bridge_timeout");
        await AssertRefusedAsync(new HostReply.Unavailable(), 503, "bridge_unavailable");
        await AssertRefusedAsync(new HostReply.Malformed(), 502, "bridge_protocol_error");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"secret":5}""")]
    [InlineData("""{"secret":"sk 1"}""")]
    [InlineData("""{"secret":"sk-1","baseUrl":"https://é.example"}""")]
    [InlineData("""{"secret":"sk-1","secretKeyId":"other"}""")]
    [InlineData("""{"secret":"sk-1","secret_key_id":"other"}""")]
    [InlineData("""{"secret":"sk-1","baseUrl":5}""")]
    [InlineData("""{"secret":"sk-1","api":"telepathy"}""")]
    [InlineData("""{"secret":"sk-1","model":"a\nb"}""")]
    [InlineData("""{"secret":"sk-1","project":"é"}""")]
    public Task Find_OfAnAnswerThatCannotBeUsed_IsInvalidSecret(string answer) =>
        AssertRefusedAsync(new HostReply.Result(JsonElement.Parse(answer)), 502, "invalid_secret");

    [Theory]
    [InlineData("http://example.com")]
    [InlineData("file:///etc/passwd")]
    public Task Find_OfABaseUrlThatIsNotAllowed_HasItsOwnCode(string url) => AssertRefusedAsync(
        new HostReply.Result(JsonElement.Parse($$"""{"secret":"sk-1","baseUrl":"{{url}}"}""")), 502, "invalid_base_url");

    [Fact]
    public async Task Find_OfAWholeAnswer_HasAllOfItAndIgnoresWhatItDoesNotKnow()
    {
        _host.Answer(Method, """
            {"secret":"sk-1","secretKeyId":"k","baseUrl":"https://a.example/v1","api":"chat-completions","model":"m","organization":"o","project":"p","new":{}}
            """);

        var found = await _source.FindAsync(Name, CancellationToken.None).Soon();

        Assert.Equal(("sk-1", "m", "o", "p"), (found.Key.Reveal(), found.DefaultModel, found.Organization, found.Project));
        Assert.Equal((new Uri("https://a.example/v1"), ProviderApi.ChatCompletions), (found.BaseUrl, found.Api));
        Assert.Equal("""{"secretKeyId":"k","environment":"pro"}""", Assert.Single(_host.Calls(Method)).ToJsonString());
    }

    [Fact]
    public async Task Find_OfMembersLeftEmpty_LeavesThemToTheFlags()
    {
        _host.Answer(Method, """{"secret":"sk-1","baseUrl":"","api":"","model":null,"organization":"","project":""}""");

        var found = await _source.FindAsync(Name, CancellationToken.None).Soon();

        Assert.Equal((Defaults.Url, Defaults.Api, Defaults.Model), (found.BaseUrl, found.Api, found.DefaultModel));
        Assert.Equal((null, null), (found.Organization, found.Project));
    }

    [Fact]
    public async Task Find_AtTheSameTime_AsksOnceAndGivesEachCallerAKeyOfItsOwn()
    {
        var (_, answer) = Hold();

        var finds = Enumerable.Range(0, 3).Select(_ => _source.FindAsync(Name, CancellationToken.None)).ToArray();
        answer.SetResult(Key("sk-1"));
        var found = await Task.WhenAll(finds).Soon();
        found[0].Key.Zero();

        Assert.Single(_host.Calls(Method));
        Assert.Equal("sk-1", found[1].Key.Reveal());
    }

    [Fact]
    public async Task Find_AfterTheKeyChanged_SharesNoQuestionAskedBefore()
    {
        var (asked, before) = Hold();
        var first = _source.FindAsync(Name, CancellationToken.None);
        await asked.Soon();
        var version = _source.Version("k");

        _source.KeyChanged("k");
        _host.Answer(Method, new HostReply.Result(JsonElement.Parse("""{"secret":"sk-new"}""")));
        var second = await _source.FindAsync(Name, CancellationToken.None).Soon();
        before.SetResult(Key("sk-old"));

        Assert.Equal(("sk-old", "sk-new"), ((await first.Soon()).Key.Reveal(), second.Key.Reveal()));
        Assert.NotEqual(version, _source.Version("k"));
    }

    [Fact]
    public async Task ACallerThatGoesAway_LeavesTheQuestionToTheOthers()
    {
        var (_, answer) = Hold();
        using var cancellation = new CancellationTokenSource();
        var gone = _source.FindAsync(Name, cancellation.Token);
        var stays = _source.FindAsync(Name, CancellationToken.None);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone.Soon());
        answer.SetResult(Key("sk-1"));

        Assert.Equal("sk-1", (await stays.Soon()).Key.Reveal());
    }

    private static HostReply Key(string secret) => new HostReply.Result(JsonElement.Parse($$"""{"secret":"{{secret}}"}"""));

    private (Task Asked, TaskCompletionSource<HostReply> Answer) Hold()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource<HostReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Answers[Method] = (_, _) =>
        {
            asked.TrySetResult();
            return answer.Task;
        };
        return (asked.Task, answer);
    }

    private async Task AssertRefusedAsync(HostReply reply, int status, string code)
    {
        _host.Answer(Method, reply);

        var refused = await Assert.ThrowsAsync<FailureException>(() => _source.FindAsync(Name, CancellationToken.None).Soon());

        Assert.Equal((status, code), (refused.Failure.Status, refused.Failure.Code));
    }
}
