using AotSidecar.ChatKit.Protocol;
using AotSidecar.Failures;

namespace AotSidecar.ChatKit.Turns;

internal static class FailureEvents
{
    extension(Failure failure)
    {
        /// <summary>
        /// The failure as the one event that its reader sees: <c>stream.error</c> for technical trouble, <c>custom</c> for
        /// what a person has to know or mend.
        /// </summary>
        public ErrorEvent ToEvent() => new()
        {
            Code = failure.IsTechnical ? ErrorEvent.StreamError : ErrorEvent.Custom,
            Message = failure.Message,
            AllowRetry = failure.MayBeRetriedByReader,
            Reason = failure.Code,
        };
    }
}
