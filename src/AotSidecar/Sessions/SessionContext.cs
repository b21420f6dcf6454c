namespace AotSidecar.Sessions;

internal static class SessionContext
{
    extension(HttpContext context)
    {
        /// <summary>
        /// The session whose token opened this request; there is one on every path that takes a session token.
        /// </summary>
        public Session CurrentSession => context.Features.Get<Session>()!;
    }
}
