import { cp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The sidecar serves this page in its demo; here it is the offline choice. */
const page = fileURLToPath(new URL('../../AotSidecar/Demo/Page', import.meta.url));

await rm(`${root}dist`, { recursive: true, force: true });
await Promise.all([
  build({
    absWorkingDir: root,
    entryPoints: { extension: 'src/extension.ts' },
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
    minify: true,
  }),
  build({
    absWorkingDir: root,
    entryPoints: { component: 'webview/component.ts', offline: 'webview/offline.ts' },
    outdir: 'dist/webview',
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    minify: true,
  }),
  cp(page, `${root}dist/webview/page`, { recursive: true }),
]);
