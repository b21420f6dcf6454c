import { randomBytes } from 'node:crypto';

export interface PageFiles {
  /** The webview's name for its own resources in a policy. */
  readonly cspSource: string;
  /** Gives the address of a file of `dist/webview`. */
  readonly asset: (name: string) => string;
}

const componentHost = 'https://cdn.platform.openai.com';

/** OpenAI's component: its script and its frame come from its maker, everything else from the extension. */
export function componentPage({ cspSource, asset }: PageFiles, connect: string): string {
  const nonce = createNonce();
  const csp = policy({
    'script-src': `'nonce-${nonce}' ${componentHost}`,
    'frame-src': componentHost,
    'connect-src': connect,
    'style-src': `${cspSource} 'nonce-${nonce}'`,
    'img-src': `${cspSource} data:`,
  });
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${csp}">
<title>AotSidecar</title>
<style nonce="${nonce}">html, body { height: 100%; margin: 0; padding: 0; } openai-chatkit { display: block; height: 100%; }</style>
<script nonce="${nonce}" src="${componentHost}/deployments/chatkit/chatkit.js" data-component async></script>
</head>
<body><script nonce="${nonce}" src="${asset('component.js')}"></script></body>
</html>`;
}

/** The sidecar's own page, as its file stands, with a policy and our transport put before its first script. */
export function offlinePage(html: string, { cspSource, asset }: PageFiles, connect: string): string {
  const nonce = createNonce();
  const csp = policy({
    'script-src': `'nonce-${nonce}'`,
    'connect-src': connect,
    'style-src': `${cspSource} 'nonce-${nonce}'`,
    'img-src': `${cspSource} data:`,
  });
  // The editor gives every webview's body a margin of its own.
  const head = `<meta http-equiv="Content-Security-Policy" content="${csp}"><style>body { padding: 0; }</style><script src="${asset('offline.js')}"></script>`;
  return html
    .replace(/<meta\s+http-equiv="content-security-policy"[^>]*>/gi, '')
    .replace(/(\s(?:src|href)=")(?:\.?\/)?([\w-]+\.(?:css|js|svg))"/g, (_, before: string, name: string) => `${before}${asset(`page/${name}`)}"`)
    .replace(/<head>/i, (tag) => tag + head)
    .replace(/<(script|style)(?=[\s>])/g, `<$1 nonce="${nonce}"`);
}

/** Shown while there is no sidecar to talk to; the buttons are the editor's own command links. */
export function failurePage(message: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<title>AotSidecar</title>
</head>
<body>
<h3>The sidecar is not running</h3>
<p>${escape(message)}</p>
<p><a href="command:aotsidecar.restart">Restart</a> · <a href="command:aotsidecar.doctor">Run doctor</a> · <a href="command:aotsidecar.showLogs">Show logs</a></p>
</body>
</html>`;
}

export const startingPage = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<title>AotSidecar</title>
</head>
<body><p>Starting…</p></body>
</html>`;

function policy(directives: Readonly<Record<string, string>>): string {
  const all = { 'default-src': "'none'", 'base-uri': "'none'", 'form-action': "'none'", ...directives };
  return Object.entries(all)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

function createNonce(): string {
  return randomBytes(16).toString('base64');
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
