import { NotificationType, RequestType, RequestType0 } from 'vscode-jsonrpc/node';

/** The bridge's messages, with the wire's own names and shapes: docs/contract.md#bridge. */
export const protocolVersion = 1;

export type Environment = 'dev' | 'pro';
export type ProviderApi = 'responses' | 'chat-completions';
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'none';

export interface SecretRequest {
  readonly secretKeyId: string;
  readonly environment: Environment;
}

export interface SecretReply {
  readonly secret: string;
  readonly baseUrl?: string;
  readonly api?: ProviderApi;
  readonly model?: string;
  readonly organization?: string;
  readonly project?: string;
  /** For requests with this key alone; without it, that of the launch counts. */
  readonly proxy?: {
    readonly url: string;
    readonly user?: string;
    readonly password?: string;
    readonly noProxy?: readonly string[];
  };
}

export interface ClientTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface SessionRequest {
  readonly secretKeyId: string;
  readonly environment?: Environment;
  readonly user?: string;
  readonly expiresAfter?: { readonly anchor: 'created_at'; readonly seconds: number };
  readonly rateLimits?: { readonly maxRequestsPer1Minute: number };
  readonly origin?: string;
  readonly model?: string;
  readonly instructions?: string;
  readonly clientTools?: readonly ClientTool[];
}

export interface Session {
  readonly id: string;
  readonly clientSecret: string;
  /** Unix seconds of the sidecar's clock; compute with `expiresIn` instead. */
  readonly expiresAt: number;
  readonly expiresIn: number;
  readonly status: string;
  readonly user: string;
}

export interface HostTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export interface ToolCall {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** `callId` names the call in `tools/progress`. */
  readonly _meta?: { readonly callId: string; readonly threadId: string };
}

/** What a tool shows while it runs. */
export interface ToolProgress {
  /** From `_meta` of the call. */
  readonly callId: string;
  /** ChatKit thread events. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

export interface ToolResult {
  readonly content: readonly (
    | { readonly type: 'text'; readonly text: string }
    | { readonly type: 'image'; readonly data: string; readonly mimeType: string }
  )[];
  readonly isError?: boolean;
  /** ChatKit thread events to put into the running turn. */
  readonly events?: readonly Readonly<Record<string, unknown>>[];
}

export interface ActionRequest {
  readonly threadId: string;
  readonly itemId?: string;
  readonly widget?: unknown;
  readonly action: { readonly type: string; readonly payload?: unknown };
  readonly sync: boolean;
  /** The thread's `metadata`, which the host set with a `thread.updated` event; the page never sees it. */
  readonly threadMetadata?: Readonly<Record<string, unknown>>;
}

export interface ActionResult {
  readonly events?: readonly Readonly<Record<string, unknown>>[];
  readonly updatedItem?: unknown;
  /** The model goes on after the events; not for an action with `sync`. */
  readonly respond?: boolean;
}

/** Asked before each turn of a host with the capability `context`. */
export interface TurnContextRequest {
  readonly threadId: string;
  /** The user's last message, its tags as `@name`. */
  readonly message: string;
  readonly tags: readonly { readonly id: string; readonly text: string; readonly data?: unknown }[];
}

export interface TurnContext {
  /** For the model; neither stored nor shown. */
  readonly text?: string;
  /** What the message's tags stand for. */
  readonly tags?: readonly { readonly id: string; readonly text: string }[];
}

export interface Feedback {
  readonly threadId: string;
  readonly itemIds: readonly string[];
  readonly kind: 'positive' | 'negative';
}

export interface InitializeParams {
  readonly protocolVersion: number;
  readonly sidecar: { readonly name: string; readonly version: string; readonly pid: number };
  readonly nonce: string;
}

export interface InitializeResult {
  readonly protocolVersion: number;
  readonly host: HostIdentity;
  readonly nonce: string;
  readonly proof: string;
  readonly capabilities: { readonly tools?: true; readonly actions?: true; readonly feedback?: true; readonly context?: true };
}

export interface InitializedParams {
  readonly proof: string;
  readonly port: number;
}

export interface HostIdentity {
  readonly name: string;
  readonly version: string;
}

export interface AccessGrant {
  readonly origins?: readonly string[];
  readonly hosts?: readonly string[];
}

/** Error codes of `secrets/get`; each has its own code for the page. */
export const secretErrorCodes = { notFound: -32001, denied: -32002, locked: -32003 } as const;

export const methods = {
  initialize: new RequestType<InitializeParams, InitializeResult, void>('initialize'),
  initialized: new NotificationType<InitializedParams>('initialized'),
  secretsGet: new RequestType<SecretRequest, SecretReply, void>('secrets/get'),
  toolsList: new RequestType<unknown, { tools: readonly HostTool[] }, void>('tools/list'),
  toolsCall: new RequestType<ToolCall, ToolResult, void>('tools/call'),
  toolsProgress: new NotificationType<ToolProgress>('tools/progress'),
  actionsInvoke: new RequestType<ActionRequest, ActionResult, void>('actions/invoke'),
  turnContext: new RequestType<TurnContextRequest, TurnContext | null, void>('turn/context'),
  feedbackSubmit: new NotificationType<Feedback>('feedback/submit'),
  sessionsCreate: new RequestType<SessionRequest, Session, void>('sessions/create'),
  sessionsRevoke: new RequestType<{ id: string } | { secretKeyId: string }, { revoked: number }, void>('sessions/revoke'),
  secretsChanged: new NotificationType<{ secretKeyId: string }>('secrets/changed'),
  accessAllow: new RequestType<AccessGrant, null, void>('access/allow'),
  toolsChanged: new NotificationType<Record<string, never>>('tools/changed'),
  logSetLevel: new RequestType<{ level: LogLevel }, null, void>('log/setLevel'),
  shutdown: new RequestType0<null, void>('shutdown'),
} as const;
