using System.Text.Json;
using AotSidecar.Secrets;

namespace AotSidecar.Bridge;

/// <summary><c>secrets/get</c>, asked once however many ask at the same time.</summary>
internal sealed class BridgeSecretSource(HostBridge bridge, ILogger<BridgeSecretSource> logger) : ISecretSource
{
    /// <summary>The members that may stand beside the secret.</summary>
    private static readonly string[] Options = ["baseUrl", "api", "model", "organization", "project"];

    private readonly Dictionary<SecretName, Task<JsonElementOrRefusal>> _asked = [];
    private readonly Lock _gate = new();

    public async Task<SecretLookup> FindAsync(SecretName name, CancellationToken cancellationToken)
    {
        Task<JsonElementOrRefusal> asked;
        lock (_gate)
        {
            if (!_asked.TryGetValue(name, out asked!))
            {
                asked = AskAsync(name);
                _asked[name] = asked;
                _ = ForgetWhenDoneAsync(name, asked);
            }
        }

        // Not the caller's cancellation but the bridge's timeout ends the shared question. Each caller reads a key of its own from the answer.
        var (answer, refusal) = await asked.WaitAsync(cancellationToken);
        return refusal is { } reason ? new SecretLookup.Refused(reason) : Read(name, answer);
    }

    public void Forget(string keyId)
    {
        lock (_gate)
        {
            foreach (var name in _asked.Keys.Where(name => name.KeyId == keyId).ToArray())
            {
                _asked.Remove(name);
            }
        }
    }

    private async Task ForgetWhenDoneAsync(SecretName name, Task<JsonElementOrRefusal> asked)
    {
        await asked;
        lock (_gate)
        {
            if (_asked.GetValueOrDefault(name) == asked)
            {
                _asked.Remove(name);
            }
        }
    }

    private async Task<JsonElementOrRefusal> AskAsync(SecretName name)
    {
        // Leaves the lock before anything is sent.
        await Task.Yield();
        var parameters = new MemoryStream(128);
        using (var json = new Utf8JsonWriter(parameters))
        {
            json.WriteStartObject();
            json.WriteString("secretKeyId"u8, name.KeyId);
            json.WriteString("environment"u8, name.Environment);
            json.WriteEndObject();
        }

        return await bridge.CallAsync("secrets/get", parameters.ToArray(), timeout: null, CancellationToken.None) switch
        {
            HostReply.Result result => new(result.Value, null),
            HostReply.Error error => new(default, FromCode(error.Code)),
            HostReply.TimedOut => new(default, SecretRefusal.TimedOut),
            HostReply.Malformed => new(default, SecretRefusal.ProtocolError),
            _ => new(default, SecretRefusal.Unavailable),
        };
    }

    private static SecretRefusal FromCode(int code) => code switch
    {
        -32001 => SecretRefusal.NotFound,
        -32002 => SecretRefusal.Denied,
        -32003 => SecretRefusal.Locked,
        -32004 => SecretRefusal.TimedOut,
        JsonRpcMessages.RequestCancelled => SecretRefusal.Cancelled,
        JsonRpcMessages.MethodNotFound => SecretRefusal.Incompatible,
        _ => SecretRefusal.HostError,
    };

    private SecretLookup Read(SecretName name, JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object)
        {
            return Refuse("it is not an object");
        }

        var echo = HostParams.String(answer, "secretKeyId") ?? HostParams.String(answer, "secret_key_id");
        if (echo is not null && echo != name.KeyId)
        {
            return Refuse("it is for another key id");
        }

        if (ApiKey.TryCreate(HostParams.String(answer, "secret")) is not { } key)
        {
            return Refuse("its secret is not 1 to 4096 printable ASCII characters");
        }

        // What says where and how a key is used must be understood: a guess could send the key to a stranger.
        if (Options.FirstOrDefault(option => !IsTextOrAbsent(answer, option)) is { } unreadable)
        {
            return Refuse($"its {unreadable} is not 1 to 2048 printable ASCII characters");
        }

        var baseUrl = Text(answer, "baseUrl");
        var url = ProviderUrl.TryParse(baseUrl);
        if (baseUrl is not null && url is null)
        {
            return Refuse("its baseUrl is neither https nor http on loopback", SecretRefusal.InvalidBaseUrl);
        }

        var apiName = Text(answer, "api");
        if (!ProviderApiNames.TryParse(apiName, out var api) && apiName is not null)
        {
            return Refuse("its api is neither responses nor chat-completions");
        }

        return new SecretLookup.Found(new ProviderCredential(key)
        {
            BaseUrl = url,
            Api = apiName is null ? null : api,
            Model = Text(answer, "model"),
            Organization = Text(answer, "organization"),
            Project = Text(answer, "project"),
        });
    }

    private SecretLookup.Refused Refuse(string what, SecretRefusal refusal = SecretRefusal.Invalid)
    {
        logger.SecretRefused(what);
        return new(refusal);
    }

    /// <summary>Text that can stand in a URL or a header, or nothing: null and the empty text are how a host leaves a member out.</summary>
    private static bool IsTextOrAbsent(JsonElement answer, string name) =>
        !answer.TryGetProperty(name, out var value)
        || value.ValueKind == JsonValueKind.Null
        || (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= 2048 } text && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'));

    private static string? Text(JsonElement answer, string name) =>
        HostParams.String(answer, name) is { Length: > 0 } text ? text : null;

    private readonly record struct JsonElementOrRefusal(JsonElement Answer, SecretRefusal? Refusal);
}
