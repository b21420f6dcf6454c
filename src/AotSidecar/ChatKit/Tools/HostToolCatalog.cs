using System.Text.Json;
using AotSidecar.Bridge;
using AotSidecar.ChatKit.Turns;
using AotSidecar.Sessions;

namespace AotSidecar.ChatKit.Tools;

/// <summary>
/// The host's list of tools, asked for when the first session is minted and again whenever the host says that it
/// changed, so that no answer waits for it. A turn that starts earlier waits for the pending call.
/// </summary>
internal sealed class HostToolCatalog
{
    /// <summary>Pages of one list; further ones are ignored.</summary>
    private const int MaxPages = 32;

    /// <summary>After a timeout the host is not asked again for this long, so that turns do not wait in vain.</summary>
    private static readonly TimeSpan SilentTime = TimeSpan.FromSeconds(60);

    /// <summary>Calls between two turns: bounds a host that answers each call with <c>tools/changed</c>.</summary>
    private const int MaxEager = 8;

    private readonly IExtensionHost _host;
    private readonly TimeProvider _clock;
    private readonly ILogger<HostToolCatalog> _logger;
    private readonly Lock _gate = new();
    private Task<HostToolList?>? _asked;
    private long? _silentSince;
    private int _question;
    private int _eager;

    public HostToolCatalog(IExtensionHost host, SessionMint mint, TimeProvider clock, ILogger<HostToolCatalog> logger)
    {
        (_host, _clock, _logger) = (host, clock, logger);
        mint.Minted += () => _ = AskAsync();
    }

    /// <summary><c>tools/changed</c>.</summary>
    public void Changed()
    {
        lock (_gate)
        {
            _asked = null;
            if (++_eager > MaxEager)
            {
                return;
            }
        }

        _ = AskAsync();
    }

    /// <summary>The host's tools; empty if it gave no list.</summary>
    public async Task<HostToolList> ListAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _eager = 0;
        }

        return await AskAsync().WaitAsync(cancellationToken) ?? HostToolList.Empty;
    }

    private Task<HostToolList?> AskAsync()
    {
        if (!_host.Capabilities.Tools)
        {
            return Task.FromResult<HostToolList?>(null);
        }

        lock (_gate)
        {
            if (_asked is null || (_silentSince is { } since && _clock.GetElapsedTime(since) >= SilentTime))
            {
                _silentSince = null;
                _asked = FetchAsync(++_question);
            }

            return _asked;
        }
    }

    /// <returns>Null if the host gave no list.</returns>
    private async Task<HostToolList?> FetchAsync(int question)
    {
        // Yield first, so that nothing is sent while the lock is held.
        await Task.Yield();
        var list = new HostToolList();
        string? cursor = null;
        for (var page = 0; page < MaxPages; page++)
        {
            // Ends with the bridge's timeout, not with a turn: the answer serves all turns.
            var parameters = JsonSerializer.SerializeToUtf8Bytes(new ListToolsParams(cursor), HostJson.Default.ListToolsParams);
            var reply = await _host.CallAsync("tools/list", parameters, timeout: null, CancellationToken.None);
            if (reply is not HostReply.Result { Value: var result } || !list.TryAdd(result))
            {
                Failed(question, reply is HostReply.TimedOut);
                _logger.HostAnswerRefused("tools/list", reply.GetType().Name);
                return null;
            }

            cursor = HostText.Of(result, "nextCursor"u8);
            if (string.IsNullOrEmpty(cursor))
            {
                break;
            }
        }

        if (list.LeftOut > 0)
        {
            _logger.ToolsLeftOut(list.LeftOut);
        }

        return list;
    }

    /// <summary>The next turn asks again, unless the call timed out.</summary>
    private void Failed(int question, bool wasSilent)
    {
        lock (_gate)
        {
            if (question == _question)
            {
                _silentSince = wasSilent ? _clock.GetTimestamp() : null;
                _asked = wasSilent ? _asked : null;
            }
        }
    }
}
