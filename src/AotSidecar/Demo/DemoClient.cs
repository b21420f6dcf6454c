using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AotSidecar.Process;

namespace AotSidecar.Demo;

/// <summary>
/// Does the main job once as an extension and its page would: over real HTTP, with nothing but the launch secret and
/// the key's id.
/// </summary>
internal sealed class DemoClient(Uri address, string launchSecret) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false })
    {
        BaseAddress = address,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Exchanges the key's id for a session.</summary>
    /// <exception cref="FatalException">The sidecar refused.</exception>
    public async Task<(string Id, string Token, int Seconds)> MintAsync(CancellationToken cancellationToken)
    {
        using var request = Post("/sessions", launchSecret, $$$$$$"""{"secret_key_id":"{{{{{{DemoHost.KeyId}}}}}}"}""");
        using var response = await _http.SendAsync(request, cancellationToken);
        using var body = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        var root = body.RootElement;
        return response.IsSuccessStatusCode
            ? (root.GetProperty("id").GetString()!, root.GetProperty("client_secret").GetString()!, root.GetProperty("expires_in").GetInt32())
            : throw new FatalException("demo_failed", ExitCode.InternalError, root.GetProperty("message").GetString()!);
    }

    /// <summary>Asks and writes the answer's words as they come.</summary>
    /// <returns>What went wrong, or null.</returns>
    public async Task<string?> AskAsync(string token, string text, Func<string, Task> write, CancellationToken cancellationToken)
    {
        var question = JsonEncodedText.Encode(text);
        using var request = Post("/chatkit", token,
            $$$$$$"""{"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":"{{{{{{question}}}}}}"}],"attachments":[],"inference_options":{}}}}""");
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        var problem = response.IsSuccessStatusCode ? null : $"status {(int)response.StatusCode}";
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
            {
                continue;
            }

            using var json = JsonDocument.Parse(line.AsMemory(6));
            var root = json.RootElement;
            if (root.GetProperty("type").GetString() == "error")
            {
                problem = root.TryGetProperty("message", out var message) ? message.GetString() : "something went wrong";
            }
            else if (root.TryGetProperty("update", out var update) && update.TryGetProperty("delta", out var delta))
            {
                await write(delta.GetString()!);
            }
        }

        return problem;
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Post(string path, string credential, string body) => new(HttpMethod.Post, path)
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", credential) },
        Content = new StringContent(body, Encoding.UTF8, "application/json"),
    };
}
