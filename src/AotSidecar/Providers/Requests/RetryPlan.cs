using AotSidecar.Crypto;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Transport;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Decides whether a turn is asked for again. Only while the reader has seen nothing; never when the same request would
/// fail the same way, unless the provider named something that can be left out.
/// </summary>
internal sealed class RetryPlan(
    EndpointOmissions endpoints, string endpoint, StaleReasoning stale, ModelRequest request, string origin)
{
    /// <summary>As the official clients do.</summary>
    private const int MaxRetries = 2;

    private const int InvalidRequest = 400;
    private const int Unprocessable = 422;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    /// <summary>Nobody watches an empty answer for longer; the failure then tells the delay instead.</summary>
    private static readonly TimeSpan LongestServerDelay = TimeSpan.FromSeconds(30);

    private int _retries;
    private bool _leftOut;

    public Omissions Omitted { get; private set; } = endpoints.For(endpoint);

    /// <summary>How long to wait before asking again; null when it is over.</summary>
    public TimeSpan? Next(AttemptFailure failed)
    {
        if (FailureClassifier.IsStaleReasoning(failed.Error) && !Omitted.HasFlag(Omissions.ReasoningItems))
        {
            stale.Add(request, origin);
            Omitted |= Omissions.ReasoningItems;
            return TimeSpan.Zero;
        }

        if (failed.Status is InvalidRequest or Unprocessable && !_leftOut
            && EndpointOmissions.NamedBy(failed.Error, Omitted) is var named and not Omissions.None)
        {
            _leftOut = true;
            endpoints.Add(endpoint, named);
            Omitted |= named;
            return TimeSpan.Zero;
        }

        if (_retries == MaxRetries || !MayPass(failed))
        {
            return null;
        }

        var delay = failed.Delay ?? BackOff(_retries, failed.Failure.Category);
        _retries++;
        return delay <= LongestServerDelay ? delay : null;
    }

    /// <summary>The provider's own word counts first, but no waiting mends a key, a quota or a request.</summary>
    private static bool MayPass(AttemptFailure failed) => failed.Failure.Category switch
    {
        FailureCategory.Rate or FailureCategory.Overloaded or FailureCategory.Server or FailureCategory.Network =>
            failed.Advice ?? failed.Failure.Retryable,
        FailureCategory.NotFound => failed.Advice == true,
        _ => false,
    };

    /// <summary>Half a second, doubled each time, and up to a quarter less so that clients do not return in step.</summary>
    private static TimeSpan BackOff(int retries, FailureCategory category)
    {
        // an overloaded server needs longer than a lost connection
        var first = TimeSpan.FromSeconds(category == FailureCategory.Overloaded ? 2 : 0.5);
        var delay = first * Math.Pow(2, retries);
        return (delay < Longest ? delay : Longest) * (1 - (SystemRandom.GetByte() / 1024.0));
    }
}
