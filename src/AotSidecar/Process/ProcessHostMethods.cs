using System.Text.Json;
using System.Text.Json.Serialization;
using AotSidecar.Bridge;
using AotSidecar.Http;
using AotSidecar.Logging;

namespace AotSidecar.Process;

/// <summary>
/// <c>access/allow</c> with <c>{origins?:[…], hosts?:[…]}</c>: what the host learns only after the port, such as a
/// forwarded address.
/// </summary>
internal sealed class AllowAccessMethod(AccessList access) : IHostMethod
{
    public string Name => "access/allow";

    public ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        var (origins, hosts) = HostParams.Read(parameters, ProcessJson.Default.AllowAccessParams);
        if (origins?.All(static origin => origin is not null && Origins.IsPattern(origin)) == false)
        {
            throw new HostMethodException(HostMethodException.InvalidParams, "origins must be exact, or scheme://*", "invalid_field");
        }

        if (hosts?.All(static host => host is not null && Origins.IsHost(host)) == false)
        {
            throw new HostMethodException(HostMethodException.InvalidParams, "hosts must be names with an optional port", "invalid_field");
        }

        return access.Allow([.. origins?.OfType<string>() ?? []], [.. hosts?.OfType<string>() ?? []])
            ? default
            : throw new HostMethodException(HostMethodException.Refused, "the access list is full", "too_many_items");
    }
}

/// <summary><c>log/setLevel</c> with <c>{level}</c>: follows the editor's log level.</summary>
internal sealed class SetLogLevelMethod(SidecarLoggerFactory logs, ILogger<SetLogLevelMethod> logger) : IHostMethod
{
    public string Name => "log/setLevel";

    public ValueTask<byte[]?> InvokeAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        var name = HostParams.Read(parameters, ProcessJson.Default.SetLogLevelParams).Level;
        if (!LogLevels.TryParse(name, out var level))
        {
            throw new HostMethodException(
                HostMethodException.InvalidParams, "level must be trace, debug, info, warn, error or none", "invalid_field");
        }

        logs.Level = level;
        logger.LogLevelSet(name);
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

internal sealed record AllowAccessParams(IReadOnlyList<string?>? Origins = null, IReadOnlyList<string?>? Hosts = null);

internal sealed record SetLogLevelParams
{
    public required string Level { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(AllowAccessParams))]
[JsonSerializable(typeof(SetLogLevelParams))]
internal sealed partial class ProcessJson : JsonSerializerContext;
