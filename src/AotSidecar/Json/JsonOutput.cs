using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AotSidecar.Json;

/// <summary>Turns a record into the JSON body of a reply.</summary>
internal static class JsonOutput
{
    extension(HttpResponse response)
    {
        public Task WriteJsonAsync<T>(T value, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
            response.WriteJsonAsync(JsonSerializer.SerializeToUtf8Bytes(value, type), cancellationToken);

        /// <param name="json">Serialised already.</param>
        public async Task WriteJsonAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
        {
            response.ContentType = "application/json";
            response.ContentLength = json.Length;
            await response.Body.WriteAsync(json, cancellationToken);
        }
    }
}
