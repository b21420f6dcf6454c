import { randomBytes } from 'node:crypto';

export interface PageFiles {
  /** `webview.cspSource`: the webview's own resources in a policy. */
  readonly cspSource: string;
  /** Returns the URL of a file in `dist/webview`. */
  readonly asset: (name: string) => string;
}

/** Where the editor shows the page: a side bar has colours of its own. */
export type Place = 'editor' | 'side-bar';

const componentHost = 'https://cdn.platform.openai.com';

/** OpenAI's component: its script and its frame come from OpenAI's CDN, everything else from the extension. */
export function componentPage({ cspSource, asset }: PageFiles, connect: string, place: Place): string {
  const nonce = createNonce();
  const csp = policy({
    'script-src': `'nonce-${nonce}' ${componentHost}`,
    'frame-src': componentHost,
    'connect-src': connect,
    // The component lays out its frame with a `<style>` that has no nonce; a nonce here would cancel 'unsafe-inline'.
    'style-src': `${cspSource} 'unsafe-inline'`,
    'img-src': `${cspSource} data:`,
  });
  return `<!DOCTYPE html>
<html lang="en" data-place="${place}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${csp}">
<title>AotSidecar</title>
<style>
html, body { height: 100%; margin: 0; padding: 0; }
body { display: flex; flex-direction: column; }
openai-chatkit { display: block; flex: 1; min-height: 0; }
.problem { padding: 8px 12px; border-bottom: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border)); }
.problem button {
  font: inherit; padding: 4px 12px; border: 1px solid var(--vscode-contrastBorder, transparent); cursor: pointer;
  background: var(--vscode-button-background, transparent); color: var(--vscode-button-foreground);
}
</style>
</head>
<body data-component="${componentHost}/deployments/chatkit/chatkit.js"><script nonce="${nonce}" src="${asset('component.js')}"></script></body>
</html>`;
}

/** The sidecar's own page, unchanged except for a policy and our transport before its first script. */
export function offlinePage(html: string, { cspSource, asset }: PageFiles, connect: string, place: Place): string {
  const nonce = createNonce();
  const csp = policy({
    'script-src': `'nonce-${nonce}'`,
    'connect-src': connect,
    'style-src': `${cspSource} 'nonce-${nonce}'`,
    'img-src': `${cspSource} data:`,
  });
  // The editor adds a margin to every webview's body.
  const head = `<meta http-equiv="Content-Security-Policy" content="${csp}"><style>body { padding: 0; }</style><script src="${asset('offline.js')}"></script>`;
  return html
    .replace(/<meta\s+http-equiv="content-security-policy"[^>]*>/gi, '')
    .replace(/(\s(?:src|href)=")(?:\.?\/)?([\w-]+\.(?:css|js|svg))"/g, (_, before: string, name: string) => `${before}${asset(`page/${name}`)}"`)
    .replace(/<html/i, (tag) => `${tag} data-place="${place}"`)
    .replace(/<head>/i, (tag) => tag + head)
    .replace(/<(script|style)(?=[\s>])/g, `<$1 nonce="${nonce}"`);
}

/** A link of the editor's own kind: its command must be among those that the webview may run. */
export interface CommandLink {
  readonly label: string;
  readonly command: string;
}

/** Shown while there is nothing to chat with. */
export function failurePage(title: string, message: string, links: readonly CommandLink[]): string {
  const nonce = createNonce();
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy({ 'style-src': `'nonce-${nonce}'` })}">
<title>AotSidecar</title>
<style nonce="${nonce}">body { overflow-wrap: anywhere; }</style>
</head>
<body>
<h3>${escape(title)}</h3>
<p>${escape(message)}</p>
<p>${links.map(({ label, command }) => `<a href="command:${command}">${escape(label)}</a>`).join(' · ')}</p>
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

export function policy(directives: Readonly<Record<string, string>>): string {
  const all = { 'default-src': "'none'", 'base-uri': "'none'", 'form-action': "'none'", ...directives };
  return Object.entries(all)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

export function createNonce(): string {
  return randomBytes(16).toString('base64');
}

export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
