using AotSidecar.Http;
using AotSidecar.Secrets;
using AotSidecar.Sessions;
using AotSidecar.Tests.ChatKit.Harness;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace AotSidecar.Tests.Sessions;

/// <summary>Authorization headers nobody would write by hand, at the gate itself: Kestrel would refuse most of them earlier.</summary>
public sealed class CredentialFuzzTests : IDisposable
{
    private const string Secret = "0123456789abcdefghijklmnopqrstuvwxyzABCDE-_";

    private readonly FakeTimeProvider _clock = new();
    private readonly LaunchSecret _launchSecret = new();
    private readonly SessionStore _sessions;
    private readonly string _token;

    public CredentialFuzzTests()
    {
        _launchSecret.Set(Secret);
        _sessions = new SessionStore(
            new SessionLimits(TimeSpan.FromMinutes(10), 3), new AccessList([], []), _clock, NullLogger<SessionStore>.Instance);
        _token = _sessions.TryCreate(
            new() { SecretKeyId = "k", Lifetime = TimeSpan.FromMinutes(10), RequestsPerMinute = 100_000 },
            new FakeSecrets().Key("sk-1"))!.Value.Token;
    }

    public void Dispose() => _sessions.Dispose();

    [Fact]
    public Task Check_OfAnyAuthorization_OpensForTheExactTokenOnly() => Headers(_token).SampleAsync(
        header => CheckAsync(header, Credential.SessionToken, _token), iter: 3000);

    [Fact]
    public Task Check_OfAnyAuthorization_OpensForTheExactLaunchSecretOnly() => Headers(Secret).SampleAsync(
        header => CheckAsync(header, Credential.LaunchSecret, Secret), iter: 3000);

    [Fact]
    public void Lookups_OfAnyText_FindTheExactCredentialOnly() => Gen.OneOf(Gen.String, Text(_token), Text(Secret)).Sample(text =>
    {
        Span<byte> digest = stackalloc byte[32];

        Assert.Equal(text == Secret, _launchSecret.Matches(text));
        Assert.Equal(text == _token ? TokenLookup.Live : TokenLookup.Unknown, _sessions.Find(text, out var session));
        Assert.Equal(text == _token, session is not null);
        Assert.False(SessionToken.TryDigest(text, digest) && text.Length != SessionToken.Length);
    }, iter: 10_000);

    /// <summary>No header, one or several; noise, the credential alone, under another scheme, or changed in a few places.</summary>
    private static Gen<string[]> Headers(string credential) => Gen.OneOf(
        Gen.String, Text(credential), Text($"Bearer {credential}"), Text($"bEARER {credential}"), Gen.Const($"Bearer {credential}")).Array[0, 2];

    private static Gen<string> Text(string valid) => Gen.Select(
        Gen.Int[0, 5], Gen.Int[0, valid.Length - 1], Gen.Char, (kind, at, character) => kind switch
        {
            0 => valid[..at],
            1 => valid.Remove(at, 1),
            2 => valid.Insert(at, character.ToString()),
            3 => valid + character,
            4 => character + valid,
            _ => valid[..at] + character + valid[(at + 1)..],
        });

    private async Task CheckAsync(string[] header, Credential required, string credential)
    {
        var gate = new CredentialGate(_launchSecret, _sessions, new FailedAttempts(_clock), NullLogger<CredentialGate>.Instance);
        var context = new DefaultHttpContext();
        context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(new EndpointGate(required, [])), "any"));
        context.Request.Headers.Authorization = new StringValues(header);
        var opened = false;

        await gate.CheckAsync(context, _ =>
        {
            opened = true;
            return Task.CompletedTask;
        });

        var exact = header is [{ Length: > 7 } value] && value[7..] == credential
            && value[..7].Equals("Bearer ", StringComparison.OrdinalIgnoreCase);
        Assert.Equal((exact, exact ? 200 : 401), (opened, context.Response.StatusCode));
    }
}
