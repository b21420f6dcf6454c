using System.Text;

namespace AotSidecar.NativeTests.Harness;

/// <summary>Everything that a child wrote to one of its streams, collected as it comes so that the child never waits.</summary>
internal sealed class ByteLog
{
    private readonly Lock _gate = new();
    private readonly MemoryStream _bytes = new();
    private TaskCompletionSource _changed = Signal();

    /// <summary>Completes when the last process that could write has closed its end.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    public byte[] Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes.ToArray();
            }
        }
    }

    public string Text => Encoding.UTF8.GetString(Bytes);

    public void Drain(Stream stream) => Ended = Task.Run(async () =>
    {
        var buffer = new byte[8192];
        try
        {
            // no token: the stream ends with the child, and whoever waits has the deadline
            while (await stream.ReadAsync(buffer, CancellationToken.None) is > 0 and var count)
            {
                Append(buffer.AsSpan(0, count));
            }
        }
        finally
        {
            Append([]);
        }
    });

    /// <summary>The n-th line, from 1, that satisfies the condition; null when the stream ends without it.</summary>
    public async Task<string?> LineAsync(Func<string, bool> condition, int n = 1)
    {
        while (true)
        {
            var (changed, ended) = (Current(), Ended.IsCompleted);
            var lines = Text.Split('\n');
            if (lines[..^1].Where(condition).ElementAtOrDefault(n - 1) is { } line)
            {
                return line;
            }

            if (ended)
            {
                return null;
            }

            await Task.WhenAny(changed, Ended).Within("a line on a child's output");
        }
    }

    private Task Current()
    {
        lock (_gate)
        {
            return _changed.Task;
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _bytes.Write(bytes);
            var changed = _changed;
            _changed = Signal();
            changed.SetResult();
        }
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
