namespace AotSidecar.ChatKit.Attachments;

/// <summary>Outcome of putting a file into a thread.</summary>
internal enum TakeResult
{
    Taken,

    /// <summary>Deleted, or never there.</summary>
    Gone,

    /// <summary>A message of another thread took it in the meantime.</summary>
    TakenByAnother,

    /// <summary>The limits leave no space for a copy.</summary>
    Full,
}
