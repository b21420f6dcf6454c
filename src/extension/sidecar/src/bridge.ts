import { CancellationTokenSource, ErrorCodes, type MessageConnection, type RequestType, ResponseError } from 'vscode-jsonrpc/node';
import { SidecarError } from './errors';
import { type AccessGrant, type LogLevel, methods, type Session, type SessionRequest } from './protocol';

/** Above the sidecar's own longest default wait, `--bridge-timeout` 10 s, which a mint may spend on `secrets/get`. */
const answerTimeoutMs = 15_000;

/** The methods that a host may call, once the sidecar has proven itself. */
export class Bridge {
  constructor(private readonly connection: MessageConnection) {}

  createSession(request: SessionRequest): Promise<Session> {
    return this.#call(methods.sessionsCreate, request);
  }

  async revokeSessions(which: { id: string } | { secretKeyId: string }): Promise<number> {
    return (await this.#call(methods.sessionsRevoke, which)).revoked;
  }

  /** A key was replaced or removed: ends all its sessions. */
  async secretChanged(secretKeyId: string): Promise<void> {
    await this.#quietly(this.connection.sendNotification(methods.secretsChanged, { secretKeyId }));
  }

  async allowAccess(grant: AccessGrant): Promise<void> {
    await this.#call(methods.accessAllow, grant);
  }

  async setLogLevel(level: LogLevel): Promise<void> {
    await this.#call(methods.logSetLevel, { level });
  }

  async toolsChanged(): Promise<void> {
    await this.#quietly(this.connection.sendNotification(methods.toolsChanged, {}));
  }

  async shutdown(): Promise<void> {
    await this.connection.sendRequest(methods.shutdown);
  }

  async #call<P, R>(type: RequestType<P, R, void>, params: P): Promise<R> {
    const cancellation = new CancellationTokenSource();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        cancellation.cancel();
        reject(new SidecarError('bridge_timeout', `the sidecar did not answer ${type.method} in ${answerTimeoutMs / 1000} s`));
      }, answerTimeoutMs);
    });
    try {
      return await Promise.race([this.connection.sendRequest<R>(type.method, params, cancellation.token), timeout]);
    } catch (error) {
      throw asSidecarError(error, type.method);
    } finally {
      clearTimeout(timer);
      cancellation.dispose();
    }
  }

  /** Ignores failures to notify a sidecar that has just ended: its end is reported anyway. */
  async #quietly(sent: Promise<void>): Promise<void> {
    await sent.catch(() => undefined);
  }
}

function asSidecarError(error: unknown, method: string): SidecarError {
  if (error instanceof SidecarError) {
    return error;
  }
  if (error instanceof ResponseError && error.code !== ErrorCodes.PendingResponseRejected) {
    const data = error.data as { code?: unknown } | undefined;
    return new SidecarError(typeof data?.code === 'string' ? data.code : 'bridge_error', error.message, { cause: error });
  }
  return new SidecarError('not_running', `the sidecar ended before it answered ${method}`, { cause: error });
}
