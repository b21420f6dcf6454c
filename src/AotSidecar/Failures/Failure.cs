namespace AotSidecar.Failures;

/// <summary>
/// What went wrong: the one shape from which HTTP replies, <c>error</c> events and refusals to the host are made.
/// </summary>
/// <param name="Status">What an HTTP reply carries; a stream that has begun carries only the rest.</param>
/// <param name="Code">Machine-readable, in docs/contract.md#errors.</param>
/// <param name="Message">Our own words, never text from the provider, the host or an exception.</param>
/// <param name="Retryable">Whether asking again unchanged may help.</param>
/// <param name="RetryAfter">How long to wait before that.</param>
/// <param name="Param">The path of the request's member it is about.</param>
internal partial record Failure(
    int Status, string Code, string Message, bool Retryable = false, TimeSpan? RetryAfter = null, string? Param = null)
{
    /// <summary>Technical trouble, rather than something that the reader has to know or mend.</summary>
    public virtual bool IsTechnical { get; init; }

    /// <summary>Whether the reader is offered to try again: also where something has to be mended first.</summary>
    public virtual bool MayBeRetriedByReader => Retryable;

    public static Failure InvalidJson(string message) => new(400, "invalid_json", message);

    public static Failure Missing(string path) => new(400, "missing_field", $"{path} is required", Param: path);

    /// <param name="expected">What the member must be, such as <c>a list</c>.</param>
    public static Failure WrongType(string path, string expected) =>
        new(400, "invalid_type", $"{path} must be {expected}", Param: path);

    /// <param name="expected">What the member must be, such as <c>dev or pro</c>.</param>
    public static Failure Invalid(string path, string expected) =>
        new(400, "invalid_field", $"{path} must be {expected}", Param: path);

    public static Failure UnknownCursor(string path) =>
        new(400, "invalid_field", $"{path} names nothing in this list", Param: path);

    public static Failure TooLarge(long limit) => new(
        413,
        "payload_too_large",
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the body is larger than {limit} bytes"));

    /// <param name="wait">Seconds.</param>
    public static Failure RateLimited(string message, int wait) =>
        new(429, "rate_limited", message, Retryable: true, TimeSpan.FromSeconds(wait));
}

/// <summary>Ends a request or a turn with a <see cref="Failures.Failure"/>; caught once, where it becomes a reply or an event.</summary>
internal class FailureException(Failure failure, Exception? inner = null) : Exception(failure.Code, inner)
{
    public Failure Failure { get; } = failure;
}
