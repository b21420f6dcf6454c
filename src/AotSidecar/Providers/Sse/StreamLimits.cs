namespace AotSidecar.Providers.Sse;

/// <summary>Bounds on what one reply may make us hold, in bytes.</summary>
internal sealed record StreamLimits
{
    public static StreamLimits Default { get; } = new();

    /// <summary>Leaves room for a text delta of a million bytes with its escapes.</summary>
    public int Line { get; init; } = 3 << 19;

    public int Event { get; init; } = 4 << 20;

    /// <summary>A large picture is about 3.4 million base64 characters, and a response may repeat several.</summary>
    public int ImageEvent { get; init; } = 32 << 20;

    public long Total { get; init; } = 256L << 20;

    /// <summary>Of one text part, unescaped.</summary>
    public int Text { get; init; } = 16 << 20;

    /// <summary>Of one tool call.</summary>
    public int Arguments { get; init; } = 1 << 20;

    /// <summary>A complete answer sent as one JSON document by a server that ignores <c>stream:true</c>.</summary>
    public int WholeReply { get; init; } = 4 << 20;
}
