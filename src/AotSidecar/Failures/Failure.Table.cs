namespace AotSidecar.Failures;

/// <summary>The table of what can go wrong in the sidecar itself; a provider's rows are in <c>Providers/Failures</c>.</summary>
internal partial record Failure
{
    // The sidecar
    public static Failure Internal { get; } =
        new(500, "internal_error", "the sidecar failed to handle this request; its log has the details", Retryable: true)
        {
            IsTechnical = true,
        };

    public static Failure ShuttingDown { get; } =
        new(503, "shutting_down", "the sidecar is stopping; try again in a moment", Retryable: true) { IsTechnical = true };

    public static Failure MemoryFull { get; } = new(
        507,
        "memory_full",
        "the sidecar's memory is full; delete some conversations or files, or wait a moment",
        Retryable: true);

    // Requests
    public static Failure NotFound { get; } = new(404, "not_found", "there is nothing at this path");

    public static Failure InvalidRequest { get; } = new(400, "invalid_request", "the request is malformed or was cut short");

    public static Failure RequestTimeout { get; } = new(408, "request_timeout", "the body arrived too slowly");

    public static Failure BodyTooLarge { get; } = new(413, "payload_too_large", "the body is too large");

    // Credentials and sessions
    public static Failure InvalidCredential { get; } = new(401, "invalid_credential", "the credential is not valid");

    public static Failure SessionExpired { get; } =
        new(401, "session_expired", "the session has expired; ask the extension for a new one");

    public static Failure SessionRevoked { get; } = new(
        401, "session_revoked", "the session was ended; open the chat again, then try again", Retryable: true);

    public static Failure SessionNotFound { get; } = new(404, "session_not_found", "there is no session of this id");

    public static Failure TooManyStreams { get; } = new(
        429,
        "too_many_streams",
        "too many answers are being written at once; wait for one to end",
        Retryable: true);

    // The extension host
    public static Failure BridgeUnavailable { get; } = new(503, "bridge_unavailable", "the extension is not connected");

    public static Failure BridgeTimeout { get; } = new(
        504,
        "bridge_timeout",
        "the extension did not answer in time; is a question waiting in the editor?",
        Retryable: true)
    {
        IsTechnical = true,
    };

    public static Failure BridgeProtocolError { get; } =
        new(502, "bridge_protocol_error", "the extension's answer was not JSON-RPC");

    public static Failure BridgeError { get; } =
        new(502, "bridge_error", "the extension failed to answer", Retryable: true) { IsTechnical = true };

    public static Failure ActionsUnavailable { get; } =
        new(501, "actions_unavailable", "the extension does not handle actions", Retryable: true) { IsTechnical = true };

    // Conversations
    public static Failure ThreadNotFound { get; } =
        new(404, "thread_not_found", "this conversation is no longer there; start a new one", Param: "params.thread_id");

    public static Failure ThreadFull { get; } = new(507, "thread_full", "this conversation is too long; start a new one");

    public static Failure TooManyThreads { get; } =
        new(507, "too_many_threads", "there are too many conversations; delete some and try again");

    public static Failure ItemNotFound { get; } =
        new(404, "item_not_found", "this item is no longer in the conversation", Param: "params.item_id");

    public static Failure NotAWidget { get; } =
        new(400, "not_a_widget", "the item is not a widget", Param: "params.item_id") { IsTechnical = true };

    public static Failure NoPendingToolCall { get; } =
        new(409, "no_pending_tool_call", "no tool call is waiting for an answer here");

    public static Failure InputNotPending { get; } =
        new(409, "input_not_pending", "these questions have been answered already");

    public static Failure InvalidToolCall { get; } = new(
        502,
        "invalid_tool_call",
        "the model called a tool with arguments that cannot be read; try again",
        Retryable: true);

    // Files
    public static Failure AttachmentNotFound { get; } =
        new(404, "attachment_not_found", "an attached file is no longer there; attach it again");

    public static Failure AttachmentsFull { get; } =
        new(507, "attachments_full", "there is no room for more attachments; delete some");

    public static Failure AttachmentsTooLarge { get; } = new(
        413,
        "attachments_too_large",
        "the attached files are too large together; send them in several messages");
}
