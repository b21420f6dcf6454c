import { type CancellationToken, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import {
  type ActionRequest,
  type ActionResult,
  type Feedback,
  type HostTool,
  type InitializeResult,
  methods,
  type SecretReply,
  type SecretRequest,
  secretErrorCodes,
  type ToolCall,
  type ToolResult,
} from './protocol';

/** Thrown by `getSecret` when it has no key to give; anything else it throws is reported as an internal error. */
export class SecretRefusal extends Error {
  constructor(readonly reason: keyof typeof secretErrorCodes) {
    super(`secret ${reason}`);
  }
}

/** What the host implements. Only `getSecret` is required; the others are declared as capabilities if they are there. */
export interface HostServices {
  getSecret(request: SecretRequest, signal: AbortSignal): Promise<SecretReply>;
  readonly tools?: {
    list(): Promise<readonly HostTool[]>;
    call(call: ToolCall, signal: AbortSignal): Promise<ToolResult>;
  };
  invokeAction?(action: ActionRequest, signal: AbortSignal): Promise<ActionResult>;
  submitFeedback?(feedback: Feedback): void;
}

export function capabilitiesOf(services: HostServices): InitializeResult['capabilities'] {
  return {
    ...(services.tools && { tools: true }),
    ...(services.invokeAction && { actions: true }),
    ...(services.submitFeedback && { feedback: true }),
  };
}

/** Registers the host's side of the bridge. Texts of exceptions are not sent: they may contain a path or a key. */
export function serveHost(connection: MessageConnection, services: HostServices): void {
  const { tools } = services;
  connection.onRequest(methods.secretsGet, (request, token) => reply(token, (signal) => services.getSecret(request, signal)));
  if (tools) {
    connection.onRequest(methods.toolsList, (_, token) => reply(token, async () => ({ tools: await tools.list() })));
    connection.onRequest(methods.toolsCall, (call, token) => reply(token, (signal) => tools.call(call, signal)));
  }
  if (services.invokeAction) {
    connection.onRequest(methods.actionsInvoke, (action, token) =>
      reply(token, async (signal) => (await services.invokeAction?.(action, signal)) ?? {}),
    );
  }
  if (services.submitFeedback) {
    connection.onNotification(methods.feedbackSubmit, (feedback) => services.submitFeedback?.(feedback));
  }
}

/** JSON-RPC's "internal error", and the LSP's "request cancelled". */
const internalError = -32603;
const requestCancelled = -32800;

async function reply<T>(token: CancellationToken, answer: (signal: AbortSignal) => Promise<T>): Promise<T | ResponseError<void>> {
  const cancellation = new AbortController();
  const subscription = token.onCancellationRequested(() => cancellation.abort());
  try {
    return await answer(cancellation.signal);
  } catch (error) {
    if (error instanceof SecretRefusal) {
      return new ResponseError<void>(secretErrorCodes[error.reason], error.message);
    }
    return cancellation.signal.aborted
      ? new ResponseError<void>(requestCancelled, 'cancelled')
      : new ResponseError<void>(internalError, 'the host could not answer');
  } finally {
    subscription.dispose();
  }
}
