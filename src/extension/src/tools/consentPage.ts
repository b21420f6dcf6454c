import { escape, policy, createNonce } from '../chat/html';
import type { Detail } from './tool';
import { visible } from './visible';

/** The question with all that it is about, whole and scrolling. Both answers are command links: the page runs no script. */
export function consentPage(question: string, details: readonly Detail[], links: { readonly refuse: string; readonly allow: string }): string {
  const nonce = createNonce();
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy({ 'style-src': `'nonce-${nonce}'` })}">
<title>${escape(question)}</title>
<style nonce="${nonce}">
body { display: flex; flex-direction: column; height: 100vh; box-sizing: border-box; padding: 0 20px; }
#consent { flex: 1; overflow: auto; }
pre {
  margin: 4px 0 12px; padding: 8px 12px; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4;
  font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size);
  border: 1px solid var(--vscode-contrastBorder, var(--vscode-widget-border, currentColor));
}
mark { border: 1px dashed currentColor; padding: 0 3px; background: none; color: inherit; font-style: italic; }
nav { display: flex; flex-wrap: wrap; gap: 12px; padding: 12px 0; }
nav a {
  padding: 4px 14px; text-decoration: none; border: 1px solid var(--vscode-contrastBorder, var(--vscode-button-background));
  background: var(--vscode-editor-background); color: var(--vscode-editor-foreground);
}
nav a:hover, nav a:focus { outline: 2px solid var(--vscode-focusBorder); outline-offset: 1px; color: var(--vscode-editor-foreground); }
</style>
</head>
<body>
<h3>${escape(question)}</h3>
<div id="consent" tabindex="0">
${details.map(({ label, text }) => `<div>${escape(label)}</div>\n<pre>${show(text)}</pre>`).join('\n')}
</div>
<nav><a href="${escape(links.refuse)}">Refuse</a> <a href="${escape(links.allow)}">Allow once</a></nav>
</body>
</html>`;
}

function show(text: string): string {
  return visible(text)
    .map((piece) => (piece.isName ? `<mark>${escape(piece.text)}</mark>` : escape(piece.text)))
    .join('');
}
