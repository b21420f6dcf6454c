using System.Net;
using System.Net.Sockets;
using AotSidecar.Benchmarks.Net;

namespace AotSidecar.Benchmarks.Provider;

/// <summary>The provider of every measurement: a process of its own, one thread, no timer; it ends with its standard input.</summary>
internal static class FakeProvider
{
    public static int Run()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        listener.Blocking = false;
        Console.Out.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port);

        var parent = new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }

            Environment.Exit(0);
        })
        {
            IsBackground = true,
        };
        parent.Start();
        Serve(listener);
        return 0;
    }

    private static void Serve(Socket listener)
    {
        var connections = new List<ProviderConnection>();
        var poller = new Poller();
        while (true)
        {
            poller.Clear();
            poller.Watch(listener);
            var due = long.MaxValue;
            foreach (var connection in connections)
            {
                poller.Watch(connection.Socket, connection.WantsToWrite);
                due = Math.Min(due, connection.Due);
            }

            poller.Wait(due == long.MaxValue ? MonotonicClock.Second : due - MonotonicClock.Now);
            var now = MonotonicClock.Now;
            for (var i = connections.Count - 1; i >= 0; i--)
            {
                var connection = connections[i];
                var ready = poller.IsReady(i + 1);
                if ((ready && !connection.Read()) || ((ready || now >= connection.Due) && !connection.Write(now)))
                {
                    connection.Dispose();
                    connections.RemoveAt(i);
                }
            }

            if (poller.IsReady(0))
            {
                connections.Add(new ProviderConnection(listener.Accept()));
            }
        }
    }
}
