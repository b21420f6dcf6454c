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
  const options = (Object.keys(names) as (keyof ServeFlags)[]).flatMap((name) =>
    [flags[name] ?? []].flat().flatMap((value) => [names[name], String(value)]),
  );
  return ['serve', '--bridge', bridge, '--parent-pid', String(parentPid), '--log-format', 'json', ...options];
}
