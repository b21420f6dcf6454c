import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consentPage } from '../src/tools/consentPage';
import { visible } from '../src/tools/visible';

/** The names stand in angle brackets. */
const shown = (text: string) =>
  visible(text)
    .map((piece) => (piece.isName ? `<${piece.text}>` : piece.text))
    .join('');

test('Visible_CodeAsItIs_StaysAsItIs', () => {
  const code = 'if (a) {\r\n\treturn "é 日本 😀";\n\n}\n';

  assert.equal(shown(code), code);
});

for (const [name, text, expected] of [
  ['bidirectional override', 'a\u202eb', 'a<U+202E>b'],
  ['bidirectional isolate', 'a\u2066b\u2069', 'a<U+2066>b<U+2069>'],
  ['zero width', 'a\u200bb\u200d\ufeff', 'a<U+200B>b<U+200D><U+FEFF>'],
  ['tag characters', 'a\u{e0041}', 'a<U+E0041>'],
  ['variation selectors', 'a\ufe01\u{e0101}', 'a<U+FE01><U+E0101>'],
  ['control characters', 'a\0\x08\x1b[2K\x7f\x85', 'a<U+0000><U+0008><U+001B>[2K<U+007F><U+0085>'],
  ['lone carriage return', 'a\rb', 'a<U+000D>b'],
  ['line separators', 'a\u2028b\u2029', 'a<U+2028>b<U+2029>'],
  ['blanks of other kinds', 'a\u00a0b\u3000c\u2800', 'a<U+00A0>b<U+3000>c<U+2800>'],
  ['fillers', '\u3164\uffa0\u115f', '<U+3164><U+FFA0><U+115F>'],
  ['half a pair', 'a\ud800b', 'a<U+D800>b'],
  ['private use', 'a\ue000', 'a<U+E000>'],
  ['a run of blanks', `a${' '.repeat(500)}rm`, 'a<500 blanks>rm'],
  ['a run of empty lines', `a${'\n'.repeat(500)}rm`, 'a\n<499 empty lines>\nrm'],
  ['empty lines of blanks', `a\n${'  \n'.repeat(500)}rm`, 'a\n<500 empty lines>\nrm'],
] as const) {
  test(`Visible_${name}_IsNamed`, () => {
    assert.equal(shown(text), expected);
  });
}

test('Visible_MegabytesJustBelowTheLimits_StayAsTheyAre', () => {
  const text = `${' '.repeat(39)}x\n`.repeat(25_000) + `y${' \n'.repeat(4)}x`.repeat(100_000);

  assert.ok(visible(text).map((piece) => piece.text).join('') === text);
});

test('ConsentPage_LongText_IsThereToItsEnd', () => {
  const text = '# harmless\n'.repeat(20_000) + 'rm -rf ~';

  const html = consentPage('May it?', [{ label: 'becomes', text }], { refuse: 'command:r', allow: 'command:a' });

  assert.equal(html.match(/# harmless/g)?.length, 20_000);
  assert.match(html, /rm -rf ~<\/pre>/);
});

test('ConsentPage_Markup_StaysTextAndNoScriptMayRun', () => {
  const evil = '</pre><script>alert(1)</script><a href="command:a">';

  const html = consentPage(evil, [{ label: evil, text: evil }], { refuse: 'command:r', allow: 'command:a' });

  assert.doesNotMatch(html, /<script/);
  assert.equal(html.match(/<a /g)?.length, 2);
  assert.match(html, /default-src 'none';/);
  assert.doesNotMatch(html, /script-src|unsafe/);
});
