using System.Text.Json;

namespace AotSidecar.Sessions;

/// <summary>The wire names of sessions: snake_case over HTTP, camelCase over the bridge.</summary>
/// <param name="Camel">Whether names are written the bridge's way.</param>
internal readonly record struct SessionNames(bool Camel)
{
    public static SessionNames Http { get; } = new(Camel: false);

    public static SessionNames Bridge { get; } = new(Camel: true);

    /// <param name="snake">The name in snake_case.</param>
    public string this[string snake] => Camel ? ToCamel(snake) : snake;

    private static string ToCamel(string snake) => string.Create(snake.Length - snake.Count(static c => c == '_'), snake, static (span, text) =>
    {
        var at = 0;
        var upper = false;
        foreach (var c in text)
        {
            if (c != '_')
            {
                span[at++] = upper ? char.ToUpperInvariant(c) : c;
            }

            upper = c == '_';
        }
    });
}

/// <summary>Writes the session object (<c>chatkit.session</c>, after OpenAI's hosted sessions API).</summary>
internal static class SessionJson
{
    /// <param name="token">The <c>client_secret</c>, in the one reply that hands it out.</param>
    public static byte[] Write(
        SessionNames names, SessionId id, SessionGrant grant, DateTimeOffset expiresAt, SessionStatus status, DateTimeOffset now, string? token)
    {
        using var buffer = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", id.ToString());
            json.WriteString("object", "chatkit.session");
            if (token is not null)
            {
                json.WriteString(names["client_secret"], token);
            }

            json.WriteNumber(names["expires_at"], expiresAt.ToUnixTimeSeconds());
            json.WriteNumber(names["expires_in"], Math.Max(0, (long)Math.Ceiling((expiresAt - now).TotalSeconds)));
            json.WriteString("status", Name(status));
            json.WriteString("user", grant.User);
            json.WriteStartObject(names["rate_limits"]);
            json.WriteNumber(names["max_requests_per_1_minute"], grant.RequestsPerMinute);
            json.WriteEndObject();
            json.WriteNumber(names["max_requests_per_1_minute"], grant.RequestsPerMinute);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static string Name(SessionStatus status) => status switch
    {
        SessionStatus.Active => "active",
        SessionStatus.Expired => "expired",
        _ => "cancelled",
    };
}
