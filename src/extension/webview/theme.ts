/** The colours of the editor's theme, as the component takes them; its frame cannot see the editor's variables. */
export function theme(): object {
  const { classList } = document.body;
  const light = classList.contains('vscode-light') || classList.contains('vscode-high-contrast-light');
  const background = colour(document.documentElement.dataset['place'] === 'side-bar' ? 'sideBar-background' : 'editor-background');
  const foreground = colour('input-background') ?? background;
  return {
    colorScheme: light ? 'light' : 'dark',
    ...(background !== undefined && { color: { surface: { background, foreground } } }),
  };
}

/** Calls `apply` now and whenever the editor's theme changes: it then sets classes and variables anew. */
export function followTheme(apply: () => void): void {
  let last: string | undefined;
  const check = () => {
    const next = JSON.stringify(theme());
    if (next !== last) {
      last = next;
      apply();
    }
  };
  const observer = new MutationObserver(check);
  observer.observe(document.body, { attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributeFilter: ['style'] });
  check();
}

function colour(name: string): string | undefined {
  return getComputedStyle(document.documentElement).getPropertyValue(`--vscode-${name}`).trim() || undefined;
}
