using AotSidecar.Crypto;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Transport;
using AotSidecar.Secrets;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Decides whether and with what a turn is asked for again. Only while the reader has seen nothing; never when the same
/// request would fail the same way, unless the provider named something that can be left out or done otherwise.
/// </summary>
internal sealed class RetryPlan
{
    /// <summary>Same as OpenAI's clients.</summary>
    private const int MaxRetries = 2;

    /// <summary>
    /// Providers name one thing at a time. More in one turn would be a server that refuses whatever it gets.
    /// </summary>
    private const int MaxAdaptations = 8;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    /// <summary>Longer delays are reported in the failure instead.</summary>
    private static readonly TimeSpan LongestServerDelay = TimeSpan.FromSeconds(30);

    /// <summary>A server on this machine says that it loads the model: it is asked until it has.</summary>
    private static readonly TimeSpan LoadPoll = TimeSpan.FromSeconds(1);

    private readonly EndpointWorkarounds _endpoints;
    private readonly RefusedContent _refused;
    private readonly string _endpoint;
    private readonly string _origin;
    private readonly List<InputPart> _suspected = [];
    private int _retries;
    private int _adaptations;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _loadsUntil;
    private readonly long _started;

    public RetryPlan(
        EndpointWorkarounds endpoints,
        RefusedContent refused,
        Provider provider,
        ModelRequest request,
        TimeProvider clock,
        UpstreamTimeouts timeouts)
    {
        _clock = clock;
        _loadsUntil = provider.BaseUrl.IsLoopback ? timeouts.LocalFirstByte : TimeSpan.Zero;
        _started = clock.GetTimestamp();
        (_endpoints, _refused) = (endpoints, refused);
        _endpoint = $"{provider.Api} {provider.BaseUrl.AbsoluteUri} {request.Model}";
        _origin = Origin.Of(provider, request.Model);
        Workarounds = EndpointWorkarounds.OfProvider(provider) | endpoints.For(_endpoint);
        Request = refused.Without(request, _endpoint);
    }

    public Workarounds Workarounds { get; private set; }

    /// <summary>What to ask, without what was refused before.</summary>
    public ModelRequest Request { get; private set; }

    /// <summary>Delay before the next attempt; null to give up.</summary>
    public TimeSpan? Next(AttemptFailure failed)
    {
        if (_adaptations < MaxAdaptations && TryAdapt(failed))
        {
            _adaptations++;
            return TimeSpan.Zero;
        }

        if (failed.Status == 503 && failed.Error.Mentions("loading") && _clock.GetElapsedTime(_started) < _loadsUntil)
        {
            return LoadPoll;
        }

        if (_retries == MaxRetries || !MayPass(failed))
        {
            return null;
        }

        var delay = failed.Delay ?? BackOff(_retries, failed.Failure.Category);
        _retries++;
        return delay <= LongestServerDelay ? delay : null;
    }

    /// <summary>The answer came: what was left out on suspicion only was the cause.</summary>
    public void Succeeded()
    {
        if (_suspected.Count > 0)
        {
            _refused.AddFiles(_suspected, Request, _endpoint);
        }
    }

    private bool TryAdapt(AttemptFailure failed)
    {
        if (FailureClassifier.IsStaleReasoning(failed.Error) && !Workarounds.HasFlag(Workarounds.ReasoningItems))
        {
            _refused.AddReasoning(Request, _origin);
            Workarounds |= Workarounds.ReasoningItems;
            return true;
        }

        if (failed.Status is not (null or 400 or 404 or 413 or 415 or 422 or 500 or 501)
            || failed.Failure.Category is not (FailureCategory.BadRequest or FailureCategory.NotFound or FailureCategory.Server))
        {
            return false;
        }

        return TryWorkAround(failed.Error) || TryWithoutTool(failed.Error) || TryWithoutFiles(failed);
    }

    private bool TryWorkAround(ProviderError error)
    {
        var named = Refusals.Named(error, Workarounds);
        _endpoints.Add(_endpoint, named);
        Workarounds |= named;
        return named != Workarounds.None;
    }

    private bool TryWithoutTool(ProviderError error)
    {
        if (!error.Mentions("schema") && !error.Mentions("parameters") && error.Param?.Contains("parameters", StringComparison.Ordinal) != true
            && error.Code != "invalid_function_parameters")
        {
            return false;
        }

        if (RequestParts.ToolOf(Request, error.Param, error.Message) is not { } tool)
        {
            return false;
        }

        _refused.AddTool(tool, _endpoint);
        Request = RequestParts.WithoutTool(Request, tool);
        return true;
    }

    /// <summary>Few providers say which file it was, and some do not even say that it was one.</summary>
    private bool TryWithoutFiles(AttemptFailure failed)
    {
        if (failed.Status is not (400 or 404 or 413 or 415 or 422 or 500)
            || (failed.Status is 404 or 500 && !SpeaksOfFiles(failed.Error))
            || RequestParts.FilesOf(Request, failed.Error.Message) is not { Count: > 0 } files)
        {
            return false;
        }

        _suspected.AddRange(files);
        Request = RequestParts.WithoutFiles(Request, files);
        return true;
    }

    private static bool SpeaksOfFiles(ProviderError error) =>
        error.Mentions("image") || error.Mentions("file") || error.Mentions("media") || error.Mentions("mime")
        || error.Mentions("vision") || error.Mentions("modal") || error.Mentions("document") || error.Mentions("pdf");

    /// <summary>The provider's hint comes first, but a key, a quota or a bad request is never retried.</summary>
    private static bool MayPass(AttemptFailure failed) => failed.Failure.Category switch
    {
        FailureCategory.Rate or FailureCategory.Overloaded or FailureCategory.Server or FailureCategory.Network =>
            failed.Advice ?? failed.Failure.Retryable,
        FailureCategory.NotFound => failed.Advice == true,
        _ => false,
    };

    /// <summary>0.5 s, doubled each time, minus up to 25 % jitter.</summary>
    private static TimeSpan BackOff(int retries, FailureCategory category)
    {
        // An overloaded server needs longer than a lost connection.
        var first = TimeSpan.FromSeconds(category == FailureCategory.Overloaded ? 2 : 0.5);
        var delay = first * Math.Pow(2, retries);
        return (delay < Longest ? delay : Longest) * (1 - (SystemRandom.GetByte() / 1024.0));
    }
}
