namespace AotSidecar.Http;

/// <summary>
/// Kestrel reports a chunk size that is no number as a bad request, but one beyond its own range as an <see
/// cref="IOException"/>, which looks like a fault of ours or of the provider.
/// </summary>
internal static class MalformedChunk
{
    public static bool Is(IOException exception) => exception.InnerException is OverflowException;

    public static BadHttpRequestException ToBadRequest() => new("the size of a chunk is out of range", StatusCodes.Status400BadRequest);
}
