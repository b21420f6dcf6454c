using System.Text.Json;

namespace AotSidecar.Bridge;

/// <summary>A bridge method that the host may call.</summary>
internal interface IHostMethod
{
    string Name { get; }

    /// <summary>Answers a request or takes a notification.</summary>
    /// <param name="parameters">The params as sent; <see cref="JsonValueKind.Undefined"/> when absent.</param>
    /// <param name="cancellationToken">Fires on <c>$/cancelRequest</c> and at the end of the connection.</param>
    /// <exception cref="HostMethodException">Becomes a JSON-RPC error object.</exception>
    /// <returns>The serialised result; null is the JSON <c>null</c>.</returns>
    ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken);
}
