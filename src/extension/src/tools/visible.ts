/** A piece of a text as it is shown: as it stands, or the name of what would not be seen. */
export interface Piece {
  readonly text: string;
  readonly isName: boolean;
}

/** More blanks or empty lines in a row than code has: what follows would be out of sight. */
const mostBlanks = 40;
const mostEmptyLines = 3;

/**
 * What has no shape of its own, or moves its neighbours: control and format characters (bidirectional ones and tags among
 * them), private and unassigned ones, halves of pairs, variation selectors, fillers, and blanks that are no plain blank.
 */
const unseen =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\u{e0100}-\u{e01ef}]|(?! )\p{Zs}/u;

const special = new RegExp(
  [
    `(?<lines>(?:[ \\t]*\\r?\\n){${mostEmptyLines + 2},})`,
    `(?<blanks>[ \\t]{${mostBlanks},})`,
    // Line ends and tabulators are what they seem.
    `(?<unseen>(?!\\r\\n|[\\n\\t])(?:${unseen.source}))`,
  ].join('|'),
  'gu',
);

/** Nothing of `text` can hide: what a reader would not see is named. */
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
