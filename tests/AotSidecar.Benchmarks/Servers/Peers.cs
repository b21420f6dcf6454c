using AotSidecar.Benchmarks.Net;
using AotSidecar.Benchmarks.Provider;

namespace AotSidecar.Benchmarks.Servers;

/// <summary>The programs that the sidecar is compared with, made ready once in a cache outside the repository's files.</summary>
/// <param name="wanted">Their names; empty for all.</param>
/// <param name="buildMissing">False for the short form: it takes what is there.</param>
internal sealed class Peers(Workspace workspace, IReadOnlyList<string> wanted, bool buildMissing)
{
    public const string Slim = "empty slim";
    public const string Go = "Go proxy";
    public const string Fastify = "Fastify";
    public const string Codex = "codex proxy";
    public const string ChatKitNode = "chatkit-node";

    private const string Token = "bench";

    /// <summary>Why a peer is not in the table.</summary>
    public List<string> Skipped { get; } = [];

    public List<Peer> Prepare()
    {
        List<Peer> peers = [];
        Add(peers, Slim, MakeSlim);
        Add(peers, Go, MakeGo);
        Add(peers, Fastify, () => MakeNode(Fastify, "fastify-server.mjs"));
        Add(peers, Codex, MakeCodex);
        Add(peers, ChatKitNode, () => MakeNode(ChatKitNode, "chatkit-node-server.mjs"));
        return peers;
    }

    private void Add(List<Peer> peers, string name, Func<Peer> make)
    {
        if (wanted.Count > 0 && !wanted.Contains(name))
        {
            return;
        }

        try
        {
            peers.Add(make());
        }
        catch (ToolException reason)
        {
            Skipped.Add($"{name}: {reason.Message}");
        }
    }

    private Peer MakeSlim()
    {
        var file = workspace.Cached("EmptySlim/EmptySlim");
        if (!File.Exists(file))
        {
            Build(
                workspace.Source("Peers/EmptySlim"),
                "dotnet",
                ["publish", "-c", "Release", "--use-current-runtime", "-o", workspace.Cached("EmptySlim"), "--nologo", "-v", "q"]);
        }

        return new Peer(Slim, (port, _) => [file, $"{port}"], port => HttpBytes.Get("/", port))
        {
            SmallRequest = port => HttpBytes.Get("/", port, Token),
            Payload = file,
        };
    }

    private Peer MakeGo()
    {
        var file = workspace.Cached("GoProxy/goproxy");
        if (!File.Exists(file))
        {
            Build(workspace.Source("Peers/GoProxy"), "go", ["build", "-o", file, "main.go"]);
        }

        return new Peer(Go, (port, provider) => [file, $"{port}", provider], port => HttpBytes.Get("/small", port, Token))
        {
            SmallRequest = port => HttpBytes.Get("/small", port, Token),
            Stream = (port, model) => HttpBytes.Responses(port, Token, model),
            Payload = file,
        };
    }

    private Peer MakeNode(string name, string script)
    {
        InstallNodePackages();
        var file = workspace.Cached("Node/" + script);
        return new Peer(
            name,
            (port, provider) => ["node", file, $"{port}", provider],
            name == Fastify ? port => HttpBytes.Post("/sessions", port, null, "{\"secret_key_id\":\"bench\"}") : ListThreads)
        {
            SmallRequest = ListThreads,
            Stream = (port, model) => HttpBytes.CreateThread(port, Token, model),
        };
    }

    private static byte[] ListThreads(int port) => HttpBytes.ListThreads(port, Token);

    private Peer MakeCodex()
    {
        InstallNodePackages();
        var packages = workspace.Cached("Node/node_modules/@openai");
        var file = Directory.EnumerateFiles(packages, "codex", SearchOption.AllDirectories).FirstOrDefault()
            ?? throw new ToolException("its package holds no executable for this machine");
        return new Peer(
            Codex,
            (port, provider) => [file, "responses-api-proxy", "--port", $"{port}", "--upstream-url", provider + "/v1/responses"],
            port => HttpBytes.Responses(port, null, Answer.Short))
        {
            StandardInput = "sk-bench\n",
            Stream = (port, model) => HttpBytes.Responses(port, null, model),
            Payload = file,
        };
    }

    /// <summary>Packages run no scripts of their own, and come once.</summary>
    private void InstallNodePackages()
    {
        var folder = workspace.Cached("Node");
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(workspace.Source("Peers/Node")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        if (!Directory.Exists(Path.Combine(folder, "node_modules/fastify")))
        {
            Build(folder, "npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]);
        }
    }

    private void Build(string folder, string tool, string[] arguments)
    {
        if (!buildMissing)
        {
            throw new ToolException("not built yet; a full run builds it");
        }

        Tool.Run(folder, tool, arguments);
    }
}
