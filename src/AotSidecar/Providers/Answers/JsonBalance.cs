namespace AotSidecar.Providers.Answers;

/// <summary>
/// Counts the braces of a growing text, so that its end is found without scanning it again for each piece.
/// </summary>
internal struct JsonBalance
{
    private int _depth;
    private bool _begun;
    private bool _inString;
    private bool _escaped;

    /// <summary>Whether all braces are closed; the text may still be invalid JSON.</summary>
    public readonly bool IsWhole => _begun && _depth == 0 && !_inString;

    public void Add(ReadOnlySpan<byte> utf8)
    {
        foreach (var one in utf8)
        {
            if (_inString)
            {
                _inString = _escaped || one != '"';
                _escaped = !_escaped && one == '\\';
                continue;
            }

            switch (one)
            {
                case (byte)'"':
                    _inString = true;
                    break;
                case (byte)'{' or (byte)'[':
                    _begun = true;
                    _depth++;
                    break;
                case (byte)'}' or (byte)']':
                    _depth--;
                    break;
            }
        }
    }
}
