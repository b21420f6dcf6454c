import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { componentPage, failurePage, offlinePage } from '../src/chat/html';

const files = { cspSource: 'https://assets.test', asset: (name: string) => `https://assets.test/${name}` };
const connect = 'http://127.0.0.1:49152';
/** The sidecar's own page as it is built from. */
const page = readFileSync(resolve(__dirname, '../../../../AotSidecar/Demo/Page/index.html'), 'utf8');

const nonceOf = (html: string) => /script-src 'nonce-([^']+)'/.exec(html)?.[1];
const scriptsOf = (html: string) => html.match(/<script\b[^>]*>/g) ?? [];

test('OfflinePage_EveryScript_CarriesTheNonceAndComesFromTheExtension', () => {
  const html = offlinePage(page, files, connect, 'editor');

  const scripts = scriptsOf(html);

  assert.ok(scripts.length >= 2);
  assert.ok(scripts.every((tag) => tag.includes(`nonce="${nonceOf(html)}"`) && tag.includes('src="https://assets.test/')), scripts.join());
  assert.ok(html.indexOf('offline.js') < html.indexOf('page/page.js'));
});

test('OfflinePage_Policy_KnowsTheSidecarAndNothingElse', () => {
  const html = offlinePage(page, files, connect, 'editor');

  assert.match(html, /default-src 'none'; base-uri 'none'; form-action 'none';/);
  assert.match(html, /connect-src http:\/\/127\.0\.0\.1:49152;/);
  assert.doesNotMatch(html, /openai\.com|unsafe/);
});

test('ComponentPage_Policy_AllowsItsMakersScriptAndFrameOnly', () => {
  const html = componentPage(files, connect, 'side-bar');

  assert.match(html, /script-src 'nonce-[^']+' https:\/\/cdn\.platform\.openai\.com; frame-src https:\/\/cdn\.platform\.openai\.com; connect-src http:\/\/127\.0\.0\.1:49152;/);
  // A browser that finds a nonce beside it ignores 'unsafe-inline'.
  assert.match(html, /style-src https:\/\/assets\.test 'unsafe-inline';/);
  assert.equal(html.match(/unsafe/g)?.length, 1);
});

test('Pages_TwoOfThem_DoNotShareANonce', () => {
  assert.notEqual(nonceOf(componentPage(files, connect, 'side-bar')), nonceOf(componentPage(files, connect, 'side-bar')));
});

test('FailurePage_Message_CannotBecomeMarkup', () => {
  assert.doesNotMatch(failurePage('<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>', []), /<img/);
});
