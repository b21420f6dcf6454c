namespace AotSidecar.Providers.Transport;

/// <summary>Reads small bodies whole, within bounds.</summary>
internal static class ReplyBody
{
    /// <summary>Reads up to the limit; the rest stays unread.</summary>
    public static async Task<byte[]> ReadUpToAsync(Stream body, int limit, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(limit, 16 << 10)];
        var length = 0;
        while (length < limit)
        {
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(limit, buffer.Length * 2));
            }

            var count = await body.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (count == 0)
            {
                break;
            }

            length += count;
        }

        return buffer[..length];
    }
}
