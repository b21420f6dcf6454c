using System.Text;

namespace AotSidecar.Benchmarks.Net;

/// <summary>Drives connections from one thread until none waits for a response.</summary>
internal static class LoadLoop
{
    // Far beyond every load of a run: reaching it means that a server is stuck.
    private const long Patience = 30 * MonotonicClock.Second;

    /// <param name="atMost">Nanoseconds after which the load is cut; null when each response must end.</param>
    /// <param name="completed">Called for each complete response; may send the connection's next request.</param>
    public static void Run(IReadOnlyList<HttpConnection> connections, Action<HttpConnection>? completed = null, long? atMost = null)
    {
        var poller = new Poller();
        var deadline = MonotonicClock.Now + (atMost ?? Patience);
        foreach (var connection in connections)
        {
            poller.Watch(connection.Socket);
        }

        for (var busy = connections.Count; busy > 0;)
        {
            var now = MonotonicClock.Now;
            if (now > deadline)
            {
                if (atMost is not null)
                {
                    return;
                }

                throw new TimeoutException("A response did not end within 30 s.");
            }

            poller.Wait(deadline - now);
            for (var i = 0; i < connections.Count; i++)
            {
                if (poller.IsReady(i) && connections[i].IsBusy)
                {
                    connections[i].Receive();
                    busy -= connections[i].IsBusy ? 0 : Completed(connections[i], completed);
                }
            }
        }
    }

    /// <summary>One request and its response, which must be a success.</summary>
    public static void Exchange(HttpConnection connection, ReadOnlySpan<byte> request)
    {
        connection.Send(request);
        Run([connection]);
    }

    /// <returns>1 when the connection has nothing more to do.</returns>
    private static int Completed(HttpConnection connection, Action<HttpConnection>? completed)
    {
        if (connection.Status is < 200 or > 299)
        {
            var body = connection.Body is { } kept ? Encoding.UTF8.GetString(kept.ToArray()) : "";
            throw new InvalidDataException($"A request was answered with status {connection.Status}. {body}");
        }

        completed?.Invoke(connection);
        return connection.IsBusy ? 0 : 1;
    }
}
