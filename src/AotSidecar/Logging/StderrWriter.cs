namespace AotSidecar.Logging;

/// <summary>
/// Owns stderr. A background thread writes log lines from a bounded queue, so that a host that never reads stderr
/// cannot block a request. When the queue is full, the oldest line is dropped and counted. A closed stderr ends
/// logging.
/// </summary>
internal sealed class StderrWriter(Stream stderr) : IDisposable
{
    /// <summary>A few seconds of trace logging; about 0.5 MB at most.</summary>
    private const int Capacity = 1024;

    /// <summary>How long the process waits at its end for queued lines.</summary>
    private static readonly TimeSpan FlushTime = TimeSpan.FromMilliseconds(250);

    private readonly Queue<byte[]> _lines = new();

    /// <summary>
    /// An object instead of a <see cref="Lock"/>, because the writer thread waits on it (Monitor.Wait).
    /// </summary>
    private readonly object _gate = new();
    private Thread? _thread;
    private long _dropped;
    private bool _writing;
    private bool _closed;

    /// <summary>Lines dropped because nobody read stderr.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Write(byte[] line)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            if (_lines.Count == Capacity)
            {
                _lines.Dequeue();
                Interlocked.Increment(ref _dropped);
            }

            _lines.Enqueue(line);
            Monitor.PulseAll(_gate);
            if (_thread is null)
            {
                _thread = new Thread(Run, 128 * 1024) { IsBackground = true, Name = "stderr" };
                _thread.Start();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            while (!_closed && (_lines.Count > 0 || _writing) && Monitor.Wait(_gate, FlushTime))
            {
            }

            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        while (Next() is { } line)
        {
            try
            {
                stderr.Write(line);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
            {
                lock (_gate)
                {
                    _closed = true;
                }
            }
        }
    }

    private byte[]? Next()
    {
        lock (_gate)
        {
            _writing = false;
            Monitor.PulseAll(_gate);
            while (_lines.Count == 0 && !_closed)
            {
                Monitor.Wait(_gate);
            }

            _writing = !_closed;
            return _closed ? null : _lines.Dequeue();
        }
    }
}
