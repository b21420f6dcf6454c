using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.Http;
using AotSidecar.Logging;

namespace AotSidecar.Process;

/// <summary><c>access/allow</c>: what the host learns only after the port, such as a forwarded address.</summary>
internal sealed class AllowAccessMethod(AccessList access) : IHostMethod
{
    public string Name => "access/allow";

    public ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        var origins = HostParams.Strings(parameters, "origins");
        var hosts = HostParams.Strings(parameters, "hosts");
        if (!origins.All(Origins.IsPattern))
        {
            throw new HostMethodException(HostMethodException.InvalidParams, "origins must be exact, or scheme://*", "invalid_field");
        }

        if (!hosts.All(Origins.IsHost))
        {
            throw new HostMethodException(HostMethodException.InvalidParams, "hosts must be names with an optional port", "invalid_field");
        }

        return access.Allow(origins, hosts)
            ? default
            : throw new HostMethodException(HostMethodException.Refused, "the access list is full", "too_many_items");
    }
}

/// <summary><c>log/setLevel</c>: follows the editor's log level.</summary>
internal sealed class SetLogLevelMethod(SidecarLoggerFactory logs, ILogger<SetLogLevelMethod> logger) : IHostMethod
{
    public string Name => "log/setLevel";

    public ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        var name = HostParams.String(parameters, "level");
        if (!LogLevels.TryParse(name, out var level))
        {
            throw new HostMethodException(
                HostMethodException.InvalidParams, "level must be trace, debug, info, warn, error or none", "invalid_field");
        }

        logs.Level = level;
        logger.LogLevelSet(name!);
        return default;
    }
}

/// <summary><c>shutdown</c>: answered, then the process ends as for any other reason.</summary>
internal sealed class ShutdownMethod(EndOfLife endOfLife) : IHostMethod
{
    public string Name => "shutdown";

    public ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        endOfLife.Request(EndReason.HostAsked);
        return default;
    }
}
