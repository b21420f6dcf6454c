using System.Text.Json;
using System.Text.Json.Serialization;

namespace AotSidecar.Sessions;

/// <summary>
/// The messages of this slice: the same records in snake_case over HTTP and in camelCase over the bridge.
/// </summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(SessionReply))]
[JsonSerializable(typeof(RevokeParams))]
[JsonSerializable(typeof(RevokeResult))]
[JsonSerializable(typeof(SecretChangedParams))]
internal sealed partial class SessionJson : JsonSerializerContext
{
    /// <summary>Deeper than any real tool schema.</summary>
    public const int MaxDepth = 32;

    public static SessionJson Http { get; } = new(With(new HttpNames()));

    public static SessionJson Bridge { get; } = new(With(JsonNamingPolicy.CamelCase));

    private static JsonSerializerOptions With(JsonNamingPolicy names) => new()
    {
        PropertyNamingPolicy = names,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        MaxDepth = MaxDepth,
    };

    /// <summary>snake_case as OpenAI writes it; the framework's own puts no underscore before a digit.</summary>
    private sealed class HttpNames : JsonNamingPolicy
    {
        public override string ConvertName(string name) => name == nameof(Sessions.RateLimits.MaxRequestsPer1Minute)
            ? "max_requests_per_1_minute"
            : SnakeCaseLower.ConvertName(name);
    }
}
