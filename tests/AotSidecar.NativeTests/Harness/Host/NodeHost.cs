using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace AotSidecar.NativeTests.Harness;

/// <summary>
/// A real extension host: Node with <c>vscode-jsonrpc</c>. It spawns the sidecar itself, so that the sidecar is its child
/// and dies, or not, with it.
/// </summary>
internal sealed class NodeHost : IAsyncDisposable
{
    private readonly Process _process;
    private string? _folder;
    private int _nextId;

    private NodeHost(Process process)
    {
        _process = process;
        Output.Drain(process.StandardOutput.BaseStream);
        Errors.Drain(process.StandardError.BaseStream);
    }

    /// <summary>One JSON object a line: what the host has seen and answered.</summary>
    public ByteLog Output { get; } = new();

    /// <summary>What the sidecar wrote to stderr. It ends when host and sidecar are both gone, if they share it.</summary>
    public ByteLog Errors { get; } = new();

    public string LaunchSecret { get; private set; } = "";

    public static async Task<NodeHost> StartAsync(JsonObject configuration)
    {
        var folder = await NodePackages.FolderAsync();
        var start = new ProcessStartInfo("node", ["host.mjs"])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var host = new NodeHost(await ChildSpawner.StartAsync(start));
        await host.WriteLineAsync(configuration);
        var listening = await host.EventAsync("listening");
        host._folder = (string?)listening["folder"];
        host.LaunchSecret = (string)listening["launchSecret"]!;
        return host;
    }

    /// <summary>A host that spawns the published executable.</summary>
    /// <param name="more">Capabilities, tools and what they answer.</param>
    public static async Task<NodeHost> StartWithSidecarAsync(
        JsonObject secrets, bool shareErrors = false, JsonObject? more = null, params string[] flags)
    {
        var configuration = new JsonObject
        {
            ["spawn"] = new JsonObject
            {
                ["executable"] = await PublishedExecutable.PathAsync(),
                ["arguments"] = new JsonArray([.. flags.Select(flag => JsonValue.Create(flag))]),
                ["shareErrors"] = shareErrors,
            },
            ["secrets"] = secrets,
        };
        foreach (var (name, value) in more ?? [])
        {
            configuration[name] = value?.DeepClone();
        }

        return await StartAsync(configuration);
    }

    public static JsonObject Secret(string key, FakeProvider provider, string api = Dialect.Responses) => new()
    {
        ["result"] = new JsonObject { ["secret"] = key, ["baseUrl"] = provider.BaseUrl, ["api"] = api, ["unknownMember"] = true },
    };

    public static JsonObject Refusal(int code) => new()
    {
        ["error"] = new JsonObject { ["code"] = code, ["message"] = "refused by the test host" },
    };

    /// <summary>The n-th event of a name, from 1, past or future.</summary>
    public async Task<JsonNode> EventAsync(string name, int n = 1) => await LineAsync(line => (string?)line["event"] == name, n);

    /// <summary>How many events of a name there were so far.</summary>
    public int Count(string name) => Lines().Count(line => (string?)line["event"] == name);

    public async Task<int> PortAsync() => (int)(await EventAsync("announced"))["line"]!["port"]!;

    /// <summary>The port of the sidecar that was spawned after the first had ended.</summary>
    public async Task<int> SecondPortAsync()
    {
        var first = await PortAsync();
        var second = await LineAsync(line => (string?)line["event"] == "announced" && (int)line["line"]!["port"]! != first);
        return (int)second["line"]!["port"]!;
    }

    /// <summary>The first call or notification of a method, past or future.</summary>
    public async Task<JsonNode> CalledAsync(string method) =>
        await LineAsync(line => (string?)line["event"] == "called" && (string?)line["method"] == method);

    /// <summary>The call of this tool, past or future.</summary>
    public async Task<JsonNode> ToolCalledAsync(string tool) =>
        await LineAsync(line => (string?)line["event"] == "called" && (string?)line["params"]?["name"] == tool);

    /// <summary>The <c>$/cancelRequest</c> for the call of this tool, past or future.</summary>
    public async Task<JsonNode> ToolCancelledAsync(string tool) =>
        await LineAsync(line => (string?)line["event"] == "cancelled" && (string?)line["name"] == tool);

    public IReadOnlyList<JsonNode> Calls(string method) =>
    [
        .. Lines().Where(line => (string?)line["event"] == "called" && (string?)line["method"] == method),
    ];

    /// <summary>Calls a method of the sidecar; an error answer fails the test.</summary>
    public async Task<JsonNode?> CallAsync(string method, JsonNode? parameters) =>
        await CommandAsync(new JsonObject { ["call"] = method, ["params"] = parameters });

    public async Task<JsonNode?> CommandAsync(JsonObject command)
    {
        var id = Interlocked.Increment(ref _nextId);
        command["id"] = id;
        await WriteLineAsync(command);
        var answer = await LineAsync(line => (int?)line["id"] == id);
        return answer["error"] is { } error ? throw new InvalidOperationException(error.ToJsonString()) : answer["result"];
    }

    public void Kill() => _process.Kill();

    public void CloseInput() => _process.StandardInput.Close();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None).Within("the end of the Node host");
        _process.Dispose();
        if (_folder is not null && Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>The host and those of its sidecars that are still there when the limit comes; answers at once when all are gone.</summary>
    public async Task<IReadOnlyList<int>> SurvivorsAsync(CancellationToken limit)
    {
        while (true)
        {
            int[] running =
            [
                .. Lines().Where(line => (string?)line["event"] == "spawned").Select(line => (int)line["pid"]!).Append(_process.Id)
                    .Where(RunningProcesses.Has),
            ];
            if (running.Length == 0 || limit.IsCancellationRequested)
            {
                return running;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }
    }

    private IEnumerable<JsonNode> Lines() => Output.Text.Split('\n')[..^1].Select(line => JsonNode.Parse(line)!);

    private async Task<JsonNode> LineAsync(Func<JsonNode, bool> condition, int n = 1)
    {
        var line = await Output.LineAsync(line => condition(JsonNode.Parse(line)!), n);
        return line is null
            ? throw new InvalidOperationException($"the Node host ended:\n{Output.Text}\n{Errors.Text}")
            : JsonNode.Parse(line)!;
    }

    private async Task WriteLineAsync(JsonObject line)
    {
        await _process.StandardInput.BaseStream.WriteAsync(
            Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"), Deadline.Token());
        await _process.StandardInput.BaseStream.FlushAsync(Deadline.Token());
    }
}
