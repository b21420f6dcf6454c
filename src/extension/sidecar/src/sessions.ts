import type { Session, SessionRequest } from './protocol';

export interface SessionIssuer {
  createSession(request: SessionRequest): Promise<Session>;
}

/** Renew this early, so that no request starts with a token that is about to expire. */
const renewalMarginMs = 30_000;

/**
 * Keeps one session for one page, and mints the next when it is due, was refused, or the sidecar was restarted.
 * The old session is left to expire, because revoking it would end its running streams.
 */
export class SessionKeeper {
  #held: { readonly session: Session; readonly renewAt: number; readonly issuer: SessionIssuer } | undefined;
  #minting: Promise<Session> | undefined;

  constructor(
    private readonly issuer: () => Promise<SessionIssuer>,
    private readonly request: () => SessionRequest,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** `refused` is the token that got a 401. Concurrent calls with the same one mint only once. */
  async session(refused?: string): Promise<Session> {
    const issuer = await this.issuer();
    const held = this.#held;
    if (held && held.issuer === issuer && held.session.clientSecret !== refused && this.now() < held.renewAt) {
      return held.session;
    }
    this.#minting ??= this.#mint(issuer);
    return this.#minting;
  }

  /** Mints a new session for the next request, because the key, model or environment changed. */
  forget(): void {
    this.#held = undefined;
    this.#minting = undefined;
  }

  #mint(issuer: SessionIssuer): Promise<Session> {
    const minting: Promise<Session> = issuer
      .createSession(this.request())
      .then((session) => {
        if (this.#minting === minting) {
          this.#hold(session, issuer);
        }
        return session;
      })
      .finally(() => {
        if (this.#minting === minting) {
          this.#minting = undefined;
        }
      });
    return minting;
  }

  #hold(session: Session, issuer: SessionIssuer): void {
    const lifetimeMs = session.expiresIn * 1000;
    // Very short sessions are used for half of their lifetime instead of being renewed on every request.
    const renewAt = this.now() + Math.max(lifetimeMs / 2, lifetimeMs - renewalMarginMs);
    this.#held = { session, renewAt, issuer };
  }
}
