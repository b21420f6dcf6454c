import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ProxyCredentials } from './flags';

/** 256 bits: as strong as the HMAC, and exactly the 43 characters that the sidecar requires at least. */
const secretBytes = 32;

/** The secret of one launch. Never printed, so that no log or error can contain it. */
export class LaunchSecret {
  readonly #value: string;

  private constructor(value: string) {
    this.#value = value;
  }

  static create(): LaunchSecret {
    return new LaunchSecret(createNonce());
  }

  /** What goes to the child's stdin, and nowhere else. */
  toLaunchLine(proxy?: ProxyCredentials): string {
    return `${JSON.stringify({ launchSecret: this.#value, proxy })}\n`;
  }

  hostProof(sidecarNonce: string, hostNonce: string): string {
    return this.#sign(`aotsidecar/1 host ${sidecarNonce} ${hostNonce}`);
  }

  acceptsSidecarProof(proof: string, sidecarNonce: string, hostNonce: string): boolean {
    const expected = Buffer.from(this.#sign(`aotsidecar/1 sidecar ${hostNonce} ${sidecarNonce}`));
    const actual = Buffer.from(proof);
    return expected.length === actual.length && timingSafeEqual(expected, actual);
  }

  toString(): string {
    return 'LaunchSecret(***)';
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#value).update(text).digest('base64url');
  }
}

export function createNonce(): string {
  return randomBytes(secretBytes).toString('base64url');
}

/** Exactly 32 bytes in base64url: with other nonces a stranger could choose what is signed. */
export function isNonce(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value);
}
