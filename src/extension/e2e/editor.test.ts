import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { apiKey, chatInput, Editor, vsix } from './editor';
import { eventually } from './workbench';

/** One editor and one conversation from its first key to its last: each test goes on where the one before ended. */

/** The page's own measure, shared with its own tests. */
const contrasts = `(${readFileSync(join(__dirname, '../../../../tests/shared/contrast.mjs'), 'utf8').replace('export ', '')})('body')`;

let editor: Editor;

before(async () => {
  editor = await Editor.open({ component: 'silent' });
});

after(() => editor?.close());

test('Package_Installed_HasOneExecutableThatMayRun', () => {
  const files = readdirSync(editor.server.extensionFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const executables = files.filter((entry) => isExecutable(join(entry.parentPath, entry.name)));

  assert.deepEqual(executables.map((entry) => entry.name), ['aotsidecar']);
  assert.ok(statSync(vsix()).size < 8 * 1024 * 1024);
});

test('Walkthrough_OfTheExtension_BeginsWithTheKey', async () => {
  await editor.workbench.run('Welcome: Open Walkthrough');
  await editor.workbench.pick('Select a walkthrough', 'Get Started with AotSidecar');

  await editor.workbench.sees('It is never written to a setting, a file or a log');
  await editor.workbench.photograph('1-walkthrough');
  await editor.workbench.closeEditor('Walkthrough: AotSidecar');
});

test('Chat_WithoutAKey_OffersToSetItEachTime', async () => {
  const chat = await editor.openChat();
  const offer = chat.getByRole('alert').getByRole('button', { name: 'Set API Key' });

  await chat.getByText('There is no API key for openai-main@pro').first().waitFor();
  await editor.workbench.photograph('2-no-key-yet');
  await offer.click();
  await editor.workbench.dismiss('A name for the key');
  await chat.getByRole('button', { name: 'Try again' }).click();

  await offer.waitFor();
});

test('Key_SetThroughTheOffer_IsStoredAndTheErrorIsGone', async () => {
  const chat = await editor.openChat();
  await chat.getByRole('alert').getByRole('button', { name: 'Set API Key' }).click();
  await editor.answerForKey();

  await editor.workbench.sees('The API key openai-main@pro is stored.');
  await chat.getByRole('alert').waitFor({ state: 'detached' });
  await editor.workbench.photograph('3-key-set');
});

test('Provider_Chosen_IsAskedForItsAddress', async () => {
  await editor.workbench.run('AotSidecar: Choose Provider');
  await editor.workbench.pick('Who serves openai-main@pro', 'Another one that speaks Responses');

  await editor.workbench.type('Base URL of the provider', editor.provider.baseUrl);
});

test('Chat_FirstMessage_StreamsWordByWord', async () => {
  let open!: () => void;
  editor.provider.willSay({ pieces: ['The first half ', new Promise((resolve) => (open = resolve)), 'and the second. `code`'] });
  const chat = await editor.openChat();

  // Without a click: the composer has the focus.
  await editor.workbench.page.keyboard.type('Say two halves.');
  await editor.workbench.page.keyboard.press('Enter');
  await chat.getByText('The first half').first().waitFor();
  const early = await chat.locator('body').innerText();
  await editor.workbench.photograph('4-streaming');
  open();
  await chat.getByText('The first half and the second.').first().waitFor();
  await chat.locator('.md code').waitFor();
  await editor.workbench.photograph('5-answered');

  assert.equal(early.includes('and the second.'), false);
  assert.equal(editor.provider.asked.at(-1)?.authorization, `Bearer ${apiKey}`);
});

for (const [theme, least] of [
  ['Default Light Modern', 4.5],
  ['Visual Studio Light', 4.5],
  ['Visual Studio Dark', 4.5],
  ['Default High Contrast', 7],
  ['Default High Contrast Light', 7],
  ['Default Dark Modern', 4.5],
] as const) {
  test(`Theme_${theme}_LeavesEveryTextOfTheChatReadable`, async () => {
    const chat = await editor.openChat();

    await editor.useTheme(chat, theme);
    const texts = await chat.evaluate<readonly { readonly what: string; readonly ratio: number }[]>(contrasts);
    await editor.workbench.photograph(`4-${theme.replaceAll(' ', '-')}`);

    assert.ok(texts.some(({ what }) => what.startsWith('code')), texts.map(({ what }) => what).join());
    assert.deepEqual(texts.filter(({ ratio }) => ratio < least), []);
  });
}

test('New_ByItsKeys_StartsAConversationThatTakesWhatIsTyped', async () => {
  const chat = await editor.openChat();
  editor.provider.willSay({ pieces: ['A new one.'] });

  await editor.workbench.page.keyboard.press('Control+L');
  await chat.locator('.welcome').waitFor();
  await editor.workbench.page.keyboard.type('Something else.');
  await editor.workbench.page.keyboard.press('Enter');
  await chat.getByText('A new one.').first().waitFor();
  await chat.locator('#menu').click();
  await chat.locator('#side').getByText('Say two halves.').first().click();
  await chat.getByText('The first half and the second.').first().waitFor();

  assert.doesNotMatch(JSON.stringify(editor.provider.asked.at(-1)?.body.input), /two halves/);
});

test('Sidecar_Killed_ComesBackAndTheConversationGoesOn', async () => {
  const killed = await editor.sidecar();
  editor.provider.willSay({ pieces: ['Back again.'] });
  const chat = await editor.openChat();

  process.kill(killed.pid, 'SIGKILL');
  const next = await eventually('another sidecar', () => editor.server.sidecars().find(({ pid }) => pid !== killed.pid));
  await editor.say(chat, 'Are you there?');
  await chat.getByText('Back again.').first().waitFor();
  await editor.workbench.status('Last error: the sidecar ended unexpectedly (signal SIGKILL)');
  await editor.workbench.photograph('6-after-the-crash');

  assert.notEqual(next.pid, killed.pid);
  assert.match(JSON.stringify(editor.provider.asked.at(-1)?.body.input), /Say two halves\..*The first half and the second\..*Are you there\?/s);
});

test('Sidecar_Restarted_IsAnotherProcess', async () => {
  const before = await editor.sidecar();

  await editor.workbench.run('AotSidecar: Restart Sidecar');

  await eventually('another sidecar', () => editor.server.sidecars().find(({ pid }) => pid !== before.pid));
  await editor.workbench.status('Running: version');
});

test('Panel_BesideTheCode_ChatsToo', async () => {
  editor.provider.willSay({ pieces: ['In a panel, too.'] });

  await editor.workbench.run('AotSidecar: Open Chat in an Editor Panel');
  const panel = await editor.workbench.chat(chatInput);
  // A page opens with the latest conversation; what is typed before that would be gone.
  await panel.getByText('Back again.').first().waitFor();
  await editor.say(panel, 'And here?');
  await panel.getByText('In a panel, too.').first().waitFor();
  await editor.workbench.photograph('7-panel');
  await editor.workbench.closeEditor('AotSidecar Chat');

  // One page that waited for it in vain is enough for the window.
  assert.equal(editor.componentRequests, 1);
});

test('LogLevel_OfTheEditor_IsTheSidecars', async () => {
  await editor.workbench.run('Developer: Set Log Level...');
  await editor.workbench.pick('Set Log Level', 'Trace');
  editor.provider.willSay({ pieces: ['Traced.'] });
  const chat = await editor.openChat();

  await editor.say(chat, 'Who writes along?');
  await chat.getByText('Traced.').first().waitFor();

  await eventually('a line of that level', () => /\[(trace|debug)\] \[/.test(editor.logs()) || undefined);
});

test('Doctor_Run_TellsWhatItFound', async () => {
  await editor.workbench.run('AotSidecar: Run Doctor');

  const report = await eventually('its report', () => /doctor:[^]*loopback port.*/.exec(editor.logs())?.[0]);

  assert.match(report, /good {2}executable .*aotsidecar \d/);
  await editor.workbench.photograph('8-doctor');
});

test('Logs_Shown_AreThoseOfTheExtensionAndOfTheSidecar', async () => {
  await editor.workbench.run('AotSidecar: Show Logs');
  await editor.workbench.output('private pipe');
  await editor.workbench.photograph('9-logs');

  await editor.workbench.run('AotSidecar: Show Server Logs');
  await editor.workbench.output('[debug]');
  await editor.workbench.photograph('10-server-logs');
});

test('ServerPath_ThatIsNone_SaysSoUntilItIsCorrected', async () => {
  editor.server.configure({ 'aotsidecar.server.path': '/nowhere/aotsidecar' });

  await editor.workbench.sees('AotSidecar: /nowhere/aotsidecar is missing or not executable: correct the setting or clear it');
  await editor.workbench.status('Stopped after an error');
  await editor.workbench.photograph('11-wrong-path');

  editor.server.configure({});
  await editor.workbench.status('Running: version');
});

test('ExtensionHost_Killed_TheSidecarIsGoneWithinFiveSeconds', async () => {
  const { pid, parent } = await editor.sidecar();

  process.kill(parent, 'SIGKILL');

  await eventually('its end', () => (editor.server.sidecars().some((sidecar) => sidecar.pid === pid) ? undefined : true), 5000);
});

test('Window_Reloaded_TheConversationIsThere', async () => {
  await editor.workbench.page.reload();
  await editor.workbench.isReady();
  editor.provider.willSay({ pieces: ['Still here.'] });
  const chat = await editor.openChat();

  await chat.locator('#menu').click();
  await chat.locator('#side').getByText('Say two halves.').first().click();
  await chat.getByText('Back again.').first().waitFor();
  await editor.say(chat, 'After the reload?');
  await chat.getByText('Still here.').first().waitFor();
  await editor.workbench.photograph('12-after-the-reload');
});

test('Secrets_AfterAllThis_AreNowhereInSettingsLogsPageOrArguments', async () => {
  const frames = await Promise.all(editor.workbench.page.frames().map((frame) => frame.content().catch(() => '')));
  const page = frames.join('\n');
  const files = filesBelow(editor.server.dataFolder).map((path) => [path, readFileSync(path, 'latin1')] as const);
  const leaks = (secret: RegExp) => files.filter(([, content]) => secret.test(content)).map(([path]) => path);

  assert.equal(page.includes(apiKey), false);
  assert.doesNotMatch(page, /ck_[\w-]{43}/);
  assert.deepEqual(leaks(new RegExp(apiKey)), []);
  assert.deepEqual(leaks(/ck_[\w-]{43}/), []);
  assert.ok(files.some(([path]) => path.includes('AotSidecar')), 'the logs were looked at');
  const sidecar = await editor.sidecar();
  assert.equal(sidecar.arguments.join(' ').includes(apiKey), false);
  assert.match(readFileSync(`/proc/${sidecar.pid}/environ`, 'utf8'), /^(HOME=[^\0]*\0)?$/, 'nothing but the home folder');
});

test('Key_Removed_TheSessionIsRevoked', async () => {
  const asked = editor.provider.asked.length;
  const chat = await editor.openChat();

  await editor.workbench.run('AotSidecar: Remove API Key');
  await editor.workbench.pick('Which key is to be removed', 'openai-main@pro');
  await editor.workbench.pressInDialog('Remove');
  await editor.workbench.sees('The API key openai-main@pro was removed.');
  await editor.say(chat, 'And now?');
  await chat.getByText('There is no API key for openai-main@pro').first().waitFor();
  await editor.workbench.photograph('13-key-removed');

  assert.equal(editor.provider.asked.length, asked);
});

function isExecutable(path: string): boolean {
  const magic = readFileSync(path).subarray(0, 4).toString('latin1');
  return magic === '\x7fELF' || (statSync(path).mode & 0o111) !== 0;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
