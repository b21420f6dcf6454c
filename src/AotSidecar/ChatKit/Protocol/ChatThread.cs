using System.Text.Json.Serialization;

namespace AotSidecar.ChatKit.Protocol;

/// <summary>A thread as it is sent. Its stored metadata never is: the wire always shows an empty object.</summary>
internal sealed record ChatThread
{
    public string? Title { get; init; }

    public required string Id { get; init; }

    [JsonConverter(typeof(WireTime))]
    public required DateTime CreatedAt { get; init; }

    public required ThreadStatus Status { get; init; }

    public IReadOnlyList<string>? AllowedImageDomains { get; init; }

    public EmptyMetadata Metadata { get; init => field = value ?? new(); } = new();

    public Page<ThreadItem> Items { get; init => field = value ?? Empty; } = Empty;

    private static Page<ThreadItem> Empty { get; } = new([], HasMore: false, After: null);
}

internal sealed record EmptyMetadata;

/// <param name="After">The last element's id, only when there is more.</param>
internal sealed record Page<T>(IReadOnlyList<T> Data, bool HasMore, string? After = null);

[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ActiveStatus), "active")]
[JsonDerivedType(typeof(LockedStatus), "locked")]
[JsonDerivedType(typeof(ClosedStatus), "closed")]
internal abstract record ThreadStatus
{
    public static ThreadStatus Active { get; } = new ActiveStatus();
}

internal sealed record ActiveStatus : ThreadStatus;

internal sealed record LockedStatus(string? Reason = null) : ThreadStatus;

internal sealed record ClosedStatus(string? Reason = null) : ThreadStatus;
