using System.Runtime.InteropServices;
using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.Failures;

namespace AotSidecar.Sessions;

/// <summary>
/// <c>sessions/create</c>: a <see cref="SessionRequest"/> in, a <see cref="SessionReply"/> out, both in camelCase;
/// minting without HTTP and without its rate limit.
/// </summary>
internal sealed class CreateSessionMethod(SessionMint mint, SessionLimits limits, TimeProvider clock) : IHostMethod
{
    private readonly SessionRequestReader _reader = new(limits, SessionJson.Bridge.SessionRequest);

    public string Name => "sessions/create";

    public async ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        try
        {
            var grant = _reader.Read(
                parameters.ValueKind == JsonValueKind.Undefined ? "null"u8 : JsonMarshal.GetRawUtf8Value(parameters));
            var (session, token) = await mint.CreateAsync(grant, limited: false, cancellationToken);
            return JsonSerializer.SerializeToUtf8Bytes(
                SessionReply.Of(session.Id, session.State, clock.GetUtcNow(), token), SessionJson.Bridge.SessionReply);
        }
        catch (FailureException e)
        {
            var code = e.Failure.Status == 400 ? HostMethodException.InvalidParams : HostMethodException.Refused;
            throw new HostMethodException(code, e.Failure.Message, e.Failure.Code);
        }
    }
}

/// <summary><c>sessions/revoke</c>: <c>{id}</c> or <c>{secretKeyId}</c> in, <c>{revoked}</c> out.</summary>
internal sealed class RevokeSessionMethod(
    SessionStore sessions, SessionMint mint, ILogger<RevokeSessionMethod> logger) : IHostMethod
{
    public string Name => "sessions/revoke";

    public ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        var count = HostParams.Read(parameters, SessionJson.Bridge.RevokeParams) switch
        {
            { Id: { } id } => SessionId.TryParse(id, out var parsed) && sessions.Revoke(parsed) ? 1 : 0,
            { SecretKeyId: { } keyId } => mint.KeyChanged(keyId),
            _ => throw new HostMethodException(HostMethodException.InvalidParams, "sessions/revoke needs id or secretKeyId", "missing_field"),
        };
        logger.SessionsRevoked(count, "asked by the host");
        return ValueTask.FromResult<byte[]?>(
            JsonSerializer.SerializeToUtf8Bytes(new RevokeResult(count), SessionJson.Bridge.RevokeResult));
    }
}

internal sealed record RevokeParams(string? Id = null, string? SecretKeyId = null);

internal sealed record RevokeResult(int Revoked);

/// <summary><c>secrets/changed</c>, a notification with <c>{secretKeyId}</c>: every session of that key ends.</summary>
internal sealed class SecretChangedMethod(SessionMint mint, ILogger<SecretChangedMethod> logger) : IHostMethod
{
    public string Name => "secrets/changed";

    public ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        var keyId = HostParams.Read(parameters, SessionJson.Bridge.SecretChangedParams).SecretKeyId;
        logger.SessionsRevoked(mint.KeyChanged(keyId), "their key changed");
        return default;
    }
}

internal sealed record SecretChangedParams
{
    public required string SecretKeyId { get; init; }
}
