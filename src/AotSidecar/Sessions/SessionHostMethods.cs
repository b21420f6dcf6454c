using System.Runtime.InteropServices;
using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.Http;

namespace AotSidecar.Sessions;

/// <summary><c>sessions/create</c>: minting without HTTP, and without its rate limit.</summary>
internal sealed class CreateSessionMethod(SessionMint mint, SessionLimits options, TimeProvider clock) : IHostMethod
{
    private readonly SessionRequestReader _reader = new(options, SessionNames.Bridge);

    public string Name => "sessions/create";

    public async ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        try
        {
            // Read as the body of a request is, so that what is refused there, such as a member given twice, is refused here.
            var json = parameters.ValueKind == JsonValueKind.Undefined ? "null"u8 : JsonMarshal.GetRawUtf8Value(parameters);
            var grant = _reader.Read(json.ToArray());
            var (session, token) = await mint.CreateAsync(grant, limited: false, cancellationToken);
            return SessionJson.Write(
                SessionNames.Bridge, session.Id, session.Grant, session.End.Utc, SessionStatus.Active, clock.GetUtcNow(), token);
        }
        catch (ProblemException e)
        {
            var code = e.Problem.Status == 400 ? HostMethodException.InvalidParams : HostMethodException.Refused;
            throw new HostMethodException(code, e.Problem.Message, e.Problem.Code);
        }
    }
}

/// <summary><c>sessions/revoke</c>: by session id or by key.</summary>
internal sealed class RevokeSessionMethod(
    SessionStore sessions, SessionMint mint, ILogger<RevokeSessionMethod> logger) : IHostMethod
{
    public string Name => "sessions/revoke";

    public ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        var count = HostParams.String(parameters, "id") is { } id ? (SessionId.TryParse(id, out var parsed) && sessions.Revoke(parsed) ? 1 : 0)
            : HostParams.String(parameters, "secretKeyId") is { } keyId ? mint.KeyChanged(keyId)
            : throw new HostMethodException(HostMethodException.InvalidParams, "sessions/revoke needs id or secretKeyId", "missing_field");
        logger.SessionsRevoked(count, "asked by the host");
        return ValueTask.FromResult<byte[]?>([.. System.Text.Encoding.UTF8.GetBytes($$"""{"revoked":{{count}}}""")]);
    }
}

/// <summary><c>secrets/changed</c>: every session of that key ends.</summary>
internal sealed class SecretChangedMethod(SessionMint mint, ILogger<SecretChangedMethod> logger) : IHostMethod
{
    public string Name => "secrets/changed";

    public ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        var keyId = HostParams.String(parameters, "secretKeyId")
            ?? throw new HostMethodException(HostMethodException.InvalidParams, "secrets/changed needs secretKeyId", "missing_field");
        logger.SessionsRevoked(mint.KeyChanged(keyId), "their key changed");
        return default;
    }
}
