/** A piece of shown text: the text itself, or a name for characters that would be invisible. */
export interface Piece {
  readonly text: string;
  readonly isName: boolean;
}

/** More blanks or empty lines in a row than code has; they could push what follows out of sight. */
const mostBlanks = 40;
const mostEmptyLines = 3;

/**
 * Characters that are invisible or reorder their neighbours: control and format characters (bidirectional marks and tags
 * included), private and unassigned ones, lone surrogates, variation selectors, fillers, and unusual blanks.
 */
const unseen =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\u{e0100}-\u{e01ef}]|(?! )\p{Zs}/u;

const special = new RegExp(
  [
    `(?<lines>(?:[ \\t]*\\r?\\n){${mostEmptyLines + 2},})`,
    `(?<blanks>[ \\t]{${mostBlanks},})`,
    // Line ends and tabs are harmless.
    `(?<unseen>(?!\\r\\n|[\\n\\t])(?:${unseen.source}))`,
  ].join('|'),
  'gu',
);

/** Splits `text` so that nothing in it is hidden: invisible characters are replaced by their names. */
export function visible(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  const show = (shown: string, isName = false) => shown !== '' && pieces.push({ text: shown, isName });
  let at = 0;
  for (const { 0: match, index, groups = {} } of text.matchAll(special)) {
    show(text.slice(at, index));
    at = index + match.length;
    if (groups['lines'] !== undefined) {
      show('\n');
      show(`${match.split('\n').length - 2} empty lines`, true);
      show('\n');
    } else if (groups['blanks'] !== undefined) {
      show(`${match.length} blanks`, true);
    } else {
      show(`U+${(match.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`, true);
    }
  }
  show(text.slice(at));
  return pieces;
}
