using System.Text.Json;
using AotSidecar.Failures;
using AotSidecar.Json;
using AotSidecar.Secrets;

namespace AotSidecar.Bridge;

/// <summary>
/// Asks the host with <c>secrets/get</c>; callers who want the same key at the same time share one call.
/// </summary>
internal sealed class BridgeSecretSource(
    IExtensionHost host, ProviderDefaults defaults, ILogger<BridgeSecretSource> logger) : ISecretSource
{
    /// <summary>
    /// Keys share this many version numbers, so that the table stays small whatever ids the host sends.
    /// </summary>
    private const int VersionCount = 256;

    private static readonly Failure InvalidSecret = new(
        502, "invalid_secret", "the editor's answer holds no usable key; set the key again");

    private static readonly Failure InvalidBaseUrl = new(
        502,
        "invalid_base_url",
        "the base URL of this key is not allowed: it must be https, or http on this machine, without credentials or a query");

    private readonly int[] _versions = new int[VersionCount];
    private readonly Dictionary<SecretName, (int Version, Task<HostReply> Reply)> _asked = [];
    private readonly Lock _gate = new();

    public int Version(string keyId) => Volatile.Read(ref _versions[Slot(keyId)]);

    public void KeyChanged(string keyId) => Interlocked.Increment(ref _versions[Slot(keyId)]);

    /// <exception cref="FailureException">With a secret or bridge code.</exception>
    public async Task<Provider> FindAsync(SecretName name, CancellationToken cancellationToken)
    {
        // A caller that goes away stops waiting; the call goes on for the others, up to the bridge's timeout.
        var reply = await Ask(name).WaitAsync(cancellationToken);
        if (reply is not HostReply.Result { Value: var answer })
        {
            throw new FailureException(Refusal(reply));
        }

        // Read once for each caller, because each zeroes its own copy of the key.
        var fault = "it has a member of the wrong type";
        if (JsonInput.TryRead(answer, BridgeJson.Default.GetSecretResult, out var secret, out _)
            && secret.ToProvider(name.KeyId, defaults, out fault) is { } provider)
        {
            return provider;
        }

        logger.SecretRefused(fault);
        throw new FailureException(fault == GetSecretResult.BadAddress ? InvalidBaseUrl : InvalidSecret);
    }

    private static int Slot(string keyId) => (int)((uint)keyId.GetHashCode(StringComparison.Ordinal) % VersionCount);

    private Task<HostReply> Ask(SecretName name)
    {
        lock (_gate)
        {
            var version = Version(name.KeyId);
            if (!_asked.TryGetValue(name, out var asked) || asked.Version != version)
            {
                asked = (version, AskAsync(name, version));
                _asked[name] = asked;
            }

            return asked.Reply;
        }
    }

    private async Task<HostReply> AskAsync(SecretName name, int version)
    {
        // Yield first, so that nothing is sent while the lock is held.
        await Task.Yield();
        var parameters = JsonSerializer.SerializeToUtf8Bytes(
            new GetSecretParams(name.KeyId, name.Environment), BridgeJson.Default.GetSecretParams);
        var reply = await host.CallAsync("secrets/get", parameters, timeout: null, CancellationToken.None);
        lock (_gate)
        {
            if (_asked.TryGetValue(name, out var asked) && asked.Version == version)
            {
                _asked.Remove(name);
            }
        }

        return reply;
    }

    private static Failure Refusal(HostReply reply) => (reply as HostReply.Error)?.Code switch
    {
        -32001 => new(404, "secret_not_found", "the editor has no key under this id; set it in the extension"),
        -32002 => new(403, "secret_denied", "the user did not allow the use of this key"),
        -32003 => new(403, "secret_locked", "the editor's secret storage is locked; unlock it and try again"),
        -32004 => Failure.BridgeTimeout,
        JsonRpcCodes.RequestCancelled => new(409, "request_cancelled", "the extension cancelled the request for the key"),
        JsonRpcCodes.MethodNotFound => new(502, "bridge_incompatible", "the extension does not offer secrets/get; update it"),
        _ => HostFailures.Of(reply),
    };
}
