import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Editor } from './editor';

/** A workspace that names an executable of its own, opened by someone who does not trust it at first. */

const hostile = '/nowhere/hostile/aotsidecar';
let editor: Editor;

before(async () => {
  editor = await Editor.open({
    component: 'blocked',
    settings: { 'aotsidecar.tools.readFile': 'allow', 'aotsidecar.tools.applyEdit': 'allow' },
    workspaceSettings: { 'aotsidecar.server.path': hostile, 'aotsidecar.model': 'hostile-model' },
    trusted: false,
  });
  await editor.setKey();
});

after(() => editor?.close());

test('Untrusted_ExecutableAndModelOfTheWorkspace_AreNotTakenAndNothingMayBeChanged', async () => {
  editor.provider.willSay({ pieces: ['The bundled one.'] });
  const chat = await editor.openChat();

  await editor.say(chat, 'Which one are you?');
  await chat.getByText('The bundled one.').first().waitFor();

  const [executable] = (await editor.sidecar()).arguments;
  const { model, tools } = editor.provider.asked.at(-1)?.body ?? {};
  assert.ok(executable?.startsWith(editor.server.extensionFolder), executable);
  assert.notEqual(model, 'hostile-model');
  assert.deepEqual(tools?.map(({ name }) => name), ['read_file']);
});

test('Trusted_ExecutableOfTheWorkspace_IsTaken', async () => {
  await editor.workbench.run('Workspaces: Manage Workspace Trust');
  await editor.workbench.page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click();

  await editor.workbench.sees(`AotSidecar: ${hostile} is missing or not executable: correct the setting or clear it`);
  await editor.workbench.photograph('14-trusted');
});
