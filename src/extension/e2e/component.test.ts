import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { apiKey, Editor } from './editor';
import { eventually } from './workbench';

/**
 * The component's place in the page, with its name, its commands and its way to be given options. As the component does, it
 * puts a frame of its maker's into a shadow root and lays it out by a `<style>` that stands beside it.
 */
const standIn = `customElements.define('openai-chatkit', class extends HTMLElement {
  commands = [];
  constructor() {
    super();
    const style = document.createElement('style');
    style.textContent = ':host { display: block; position: relative; height: 100%; width: 100% }'
      + ' iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: none }';
    this.frame = document.createElement('iframe');
    this.frame.src = new URL('frame.html', 'https://cdn.platform.openai.com/deployments/chatkit/');
    this.attachShadow({ mode: 'open' }).append(style, this.frame);
  }
  setOptions(options) { this.options = options; }
  setComposerValue(value) { this.commands.push(value); return Promise.resolve(); }
  focusComposer() { this.commands.push('focus'); return Promise.resolve(); }
  fetchUpdates() { return Promise.resolve(); }
});`;

interface StandIn extends HTMLElement {
  readonly frame: HTMLIFrameElement;
  readonly commands: readonly unknown[];
  readonly options: {
    readonly api: { readonly url: string; readonly fetch: typeof fetch };
    readonly theme: { readonly colorScheme: string };
    readonly disableTelemetry: boolean;
  };
}

declare global {
  interface Window {
    received: string;
  }
}

let editor: Editor;
let chat: Frame;

before(async () => {
  editor = await Editor.open({ component: { script: standIn }, portBlocked: true });
  await editor.setKey();
  chat = await editor.openChat('openai-chatkit');
});

after(() => editor?.close());

test('Component_ItsFrame_FillsTheView', async () => {
  const [frame, view] = await chat.evaluate(() => {
    const { width, height } = (document.querySelector('openai-chatkit') as StandIn).frame.getBoundingClientRect();
    return [[width, height], [window.innerWidth, window.innerHeight]];
  });
  await editor.workbench.photograph('15-component');

  assert.deepEqual(frame, view);
});

test('Component_Options_FollowTheThemeAndKeepTelemetryOff', async () => {
  const schemes: Record<string, string> = {};

  for (const theme of ['Default Light Modern', 'Default High Contrast', 'Default High Contrast Light', 'Default Dark Modern']) {
    await editor.useTheme(chat, theme);
    const { options } = await chat.evaluate(() => ({ options: JSON.parse(JSON.stringify((document.querySelector('openai-chatkit') as StandIn).options)) as StandIn['options'] }));
    schemes[theme] = options.theme.colorScheme;
    assert.equal(options.disableTelemetry, true);
  }

  assert.deepEqual(schemes, {
    'Default Light Modern': 'light',
    'Default High Contrast': 'dark',
    'Default High Contrast Light': 'light',
    'Default Dark Modern': 'dark',
  });
});

test('Component_Opened_HasTheFocusInItsComposer', async () => {
  const commands = () => chat.evaluate(() => (document.querySelector('openai-chatkit') as unknown as StandIn).commands);

  await eventually('the command', async () => (await commands()).includes('focus') || undefined);
});

test('Component_ItsAddress_IsNoneThatItWouldHaveVerified', async () => {
  const url = await chat.evaluate(() => (document.querySelector('openai-chatkit') as unknown as StandIn).options.api.url);

  assert.match(url, /^http:\/\/127\.0\.0\.1\/chatkit$/);
});

test('Relay_PortBlocked_StreamsThroughTheExtension', async () => {
  let open!: () => void;
  editor.provider.willSay({ pieces: ['Over the ', new Promise((resolve) => (open = resolve)), 'other way.'] });

  const done = ask(chat, 'Which way?');
  const early = await eventually('the first piece', async () => {
    const received = await chat.evaluate(() => window.received ?? '');
    return received.includes('Over the ') ? received : undefined;
  });
  open();
  await done;

  assert.equal(early.includes('other way.'), false);
  assert.match(await chat.evaluate(() => window.received), /other way\./);
  assert.equal(editor.provider.asked.at(-1)?.authorization, `Bearer ${apiKey}`);
});

test('Key_Replaced_TheNextRequestRenewsItsSessionAndUsesTheNewKey', async () => {
  await editor.workbench.run('AotSidecar: Replace API Key');
  await editor.workbench.pick('Which key is to be replaced', 'openai-main@pro');
  await editor.workbench.type('The API key for openai-main@pro', `${apiKey}-new`);
  await editor.workbench.sees('The API key openai-main@pro is stored.');
  editor.provider.willSay({ pieces: ['With the new one.'] });

  await ask(chat, 'Which key?');

  assert.match(await chat.evaluate(() => window.received), /With the new one\./);
  assert.equal(editor.provider.asked.at(-1)?.authorization, `Bearer ${apiKey}-new`);
});

test('Policy_OtherAddress_CannotBeReachedFromThePage', async () => {
  const outcome = await chat.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
        void fetch(url, { mode: 'no-cors' }).then(() => resolve('reached'), () => undefined);
      }),
    editor.provider.baseUrl,
  );

  assert.equal(outcome, 'connect-src');
});

test('Model_ChosenFromTheProvidersList_IsTheOneThatIsAsked', async () => {
  await editor.workbench.run('AotSidecar: Choose Model');
  await editor.workbench.pick('Choose a model', 'scripted-large');
  await editor.workbench.sees('The model is scripted-large from the next message on.');
  editor.provider.willSay({ pieces: ['I am large.'] });

  await ask(chat, 'Who are you?');

  assert.equal(editor.provider.asked.at(-1)?.body.model, 'scripted-large');
});

test('Key_Removed_WhatWasTypedComesBackAndAButtonSetsTheKey', async () => {
  await editor.workbench.run('AotSidecar: Remove API Key');
  await editor.workbench.pick('Which key is to be removed', 'openai-main@pro');
  await editor.workbench.pressInDialog('Remove');
  await editor.workbench.sees('The API key openai-main@pro was removed.');

  await ask(chat, 'Lost?');
  const commands = await chat.evaluate(() => (document.querySelector('openai-chatkit') as StandIn).commands);
  await editor.workbench.photograph('16-component-without-a-key');
  await chat.getByRole('alert').getByRole('button', { name: 'Set API Key' }).click();
  await editor.answerForKey();
  await chat.getByRole('alert').waitFor({ state: 'detached' });

  assert.deepEqual(commands.at(-1), { text: 'Lost?' });
});

/** Does what the component does: posts through the fetch it was given, and reads the stream as it comes. */
function ask(frame: Frame, text: string): Promise<void> {
  return frame.evaluate(async (question) => {
    window.received = '';
    const { api } = (document.querySelector('openai-chatkit') as unknown as StandIn).options;
    const input = { content: [{ type: 'input_text', text: question }], attachments: [], inference_options: {} };
    const response = await api.fetch(api.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Accept': 'text/event-stream' },
      body: JSON.stringify({ type: 'threads.create', params: { input } }),
    });
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    for (let piece = await reader?.read(); piece !== undefined && !piece.done; piece = await reader?.read()) {
      window.received += decoder.decode(piece.value, { stream: true });
    }
    document.querySelector('openai-chatkit')?.dispatchEvent(new Event('chatkit.response.end'));
  }, text);
}
