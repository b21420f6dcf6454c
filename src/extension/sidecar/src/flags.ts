import type { LogLevel, ProviderApi } from './protocol';

/** Flags of `aotsidecar serve`; one that is left out keeps the sidecar's default. */
export interface ServeFlags {
  readonly port?: number;
  readonly allowOrigins?: readonly string[];
  readonly allowHosts?: readonly string[];
  readonly sessionLifetime?: number;
  readonly maxSessions?: number;
  readonly bridgeTimeout?: number;
  readonly toolTimeout?: number;
  readonly toolRounds?: number;
  readonly upstreamUrl?: string;
  readonly upstreamApi?: ProviderApi;
  readonly model?: string;
  readonly titleModel?: string;
  readonly instructionsFile?: string;
  readonly dataDir?: string;
  /** May hold a user and a password: they go to stdin, not into an argument. */
  readonly proxy?: string;
  readonly caFile?: string;
  readonly logLevel?: LogLevel;
}

const names = {
  port: '--port',
  allowOrigins: '--allow-origin',
  allowHosts: '--allow-host',
  sessionLifetime: '--session-lifetime',
  maxSessions: '--max-sessions',
  bridgeTimeout: '--bridge-timeout',
  toolTimeout: '--tool-timeout',
  toolRounds: '--tool-rounds',
  upstreamUrl: '--upstream-url',
  upstreamApi: '--upstream-api',
  model: '--model',
  titleModel: '--title-model',
  instructionsFile: '--instructions-file',
  dataDir: '--data-dir',
  proxy: '--proxy',
  caFile: '--ca-file',
  logLevel: '--log-level',
} as const satisfies Record<keyof ServeFlags, string>;

export function serveArguments(bridge: string, parentPid: number, flags: ServeFlags): string[] {
  const hidden = proxyWithCredentials(flags) !== undefined;
  const open = (Object.keys(names) as (keyof ServeFlags)[]).filter((name) => name !== 'proxy' || !hidden);
  const options = open.flatMap((name) =>
    [flags[name] ?? []].flat().flatMap((value) => [names[name], String(value)]),
  );
  return ['serve', '--bridge', bridge, '--parent-pid', String(parentPid), '--log-format', 'json', ...options];
}

export interface ProxyCredentials {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** What other processes of the machine must not read of the flags, for the launch line. */
export function proxyWithCredentials({ proxy }: ServeFlags): ProxyCredentials | undefined {
  if (proxy === undefined || !URL.canParse(proxy)) {
    return undefined;
  }
  const url = new URL(proxy);
  if (url.username === '' && url.password === '') {
    return undefined;
  }
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  return { url: url.href, user, password };
}
