namespace AotSidecar.ChatKit.Endpoints;

internal static class ReplyPieces
{
    /// <summary>Half of the unread bytes that the server allows before a write waits.</summary>
    public const int Size = 32 * 1024;

    extension(HttpResponse response)
    {
        /// <summary>
        /// Writes in pieces, as fast as the page reads: the server would copy a large write as a whole before it waits.
        /// </summary>
        public async ValueTask WritePiecesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            for (; bytes.Length > 0; bytes = bytes[Math.Min(bytes.Length, Size)..])
            {
                await response.Body.WriteAsync(bytes[..Math.Min(bytes.Length, Size)], cancellationToken);
            }
        }
    }
}
