using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Requests;
using AotSidecar.Secrets;

namespace AotSidecar.Tests.ChatKit.Harness;

/// <summary>A provider that answers what was planned, in order, keeps what it was asked, and throws on a request nobody planned.</summary>
internal sealed class FakeModel : IModelClient
{
    private readonly ConcurrentQueue<Func<CancellationToken, IAsyncEnumerable<ProviderEvent>>> _plans = new();
    private readonly ConcurrentQueue<ModelRequest> _requests = new();

    public IReadOnlyList<ModelRequest> Requests => [.. _requests];

    public void Plan(params ProviderEvent[] events) => _plans.Enqueue(_ => Replay(events));

    public void Plan(Func<CancellationToken, IAsyncEnumerable<ProviderEvent>> answer) => _plans.Enqueue(answer);

    public IAsyncEnumerable<ProviderEvent> StreamAsync(
        Provider provider, ModelRequest request, CancellationToken cancellationToken)
    {
        _requests.Enqueue(request);
        return _plans.TryDequeue(out var plan)
            ? plan(cancellationToken)
            : throw new InvalidOperationException("the model was asked something the test did not plan");
    }

    /// <summary>Says the events, then nothing more until the reader leaves; <paramref name="left"/> completes then.</summary>
    public static async IAsyncEnumerable<ProviderEvent> ThenHang(
        ProviderEvent[] events, TaskCompletionSource? left, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var one in events)
        {
            yield return one;
        }

        try
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }
        finally
        {
            left?.TrySetResult();
        }
    }

    private static async IAsyncEnumerable<ProviderEvent> Replay(ProviderEvent[] events)
    {
        await Task.Yield();
        foreach (var one in events)
        {
            yield return one;
        }
    }
}
