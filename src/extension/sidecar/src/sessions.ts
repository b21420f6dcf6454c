import type { Session, SessionRequest } from './protocol';

export interface SessionIssuer {
  createSession(request: SessionRequest): Promise<Session>;
}

/** Renewed this long before its end, so that no request begins with a token that expires on its way. */
const renewalMarginMs = 30_000;

/**
 * Holds one session for one page and mints the next when it is due, when it was refused, or when the sidecar is a new one.
 * The old session is left to expire: to revoke it would end a stream that still runs under it.
 */
export class SessionKeeper {
  #held: { readonly session: Session; readonly renewAt: number; readonly issuer: SessionIssuer } | undefined;
  #minting: Promise<Session> | undefined;

  constructor(
    private readonly issuer: () => Promise<SessionIssuer>,
    private readonly request: () => SessionRequest,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** `refused` is the token that got a 401; it is renewed only while it is still the one held, however many ask at once. */
  async session(refused?: string): Promise<Session> {
    const issuer = await this.issuer();
    const held = this.#held;
    if (held && held.issuer === issuer && held.session.clientSecret !== refused && this.now() < held.renewAt) {
      return held.session;
    }
    this.#minting ??= this.#mint(issuer);
    return this.#minting;
  }

  /** The next request mints afresh: another key, model or environment was chosen. */
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
    // A very short session is used for its first half rather than renewed on every request.
    const renewAt = this.now() + Math.max(lifetimeMs / 2, lifetimeMs - renewalMarginMs);
    this.#held = { session, renewAt, issuer };
  }
}
