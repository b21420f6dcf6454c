namespace AotSidecar.ChatKit.Protocol;

/// <summary>Reply to <c>threads.sync_custom_action</c>.</summary>
/// <param name="UpdatedItem">Null when the host changed no item.</param>
internal sealed record ActionReply(ThreadItem? UpdatedItem);

/// <summary>Reply to <c>input.transcribe</c>.</summary>
internal sealed record TranscriptionReply(string Text);
