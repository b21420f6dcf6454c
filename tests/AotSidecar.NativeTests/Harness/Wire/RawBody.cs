using System.Globalization;

namespace AotSidecar.NativeTests.Harness;

/// <summary>Takes one reply's body out of the connection: by length, in chunks, or until the server closes.</summary>
internal sealed class RawBody
{
    private readonly RawConnection _connection;
    private readonly bool _chunked;
    private long _left;
    private bool _ended;

    public RawBody(RawConnection connection, List<KeyValuePair<string, string>> headers)
    {
        _connection = connection;
        _chunked = Find(headers, "Transfer-Encoding") is "chunked";
        var length = Find(headers, "Content-Length");
        _left = _chunked ? 0 : length is null ? long.MaxValue : long.Parse(length, CultureInfo.InvariantCulture);
        _ended = !_chunked && _left == 0;
    }

    /// <summary>Whether the body came to its announced end, and not to a cut.</summary>
    public bool Complete { get; private set; }

    /// <summary>The next bytes; empty at the end.</summary>
    public async Task<byte[]> ReadAsync()
    {
        if (!_ended && _chunked && _left == 0)
        {
            await BeginChunkAsync();
        }

        if (_ended)
        {
            return [];
        }

        var bytes = await _connection.ReadSomeAsync((int)Math.Min(_left, 65536));
        _left -= bytes.Length;
        if (bytes.Length == 0)
        {
            _ended = true;
        }
        else if (_left == 0 && _chunked)
        {
            Assert.Equal("", await _connection.ReadLineAsync());
        }
        else if (_left == 0)
        {
            _ended = Complete = true;
        }

        return bytes;
    }

    private async Task BeginChunkAsync()
    {
        var line = await _connection.ReadLineAsync();
        if (line.Length == 0)
        {
            _ended = true;
            return;
        }

        _left = long.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (_left == 0)
        {
            Assert.Equal("", await _connection.ReadLineAsync());
            _ended = Complete = true;
        }
    }

    private static string? Find(List<KeyValuePair<string, string>> headers, string name) =>
        headers.SingleOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}
