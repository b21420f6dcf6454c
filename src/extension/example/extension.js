const { readFileSync } = require('node:fs');
const vscode = require('vscode');
const { Sidecar } = require('@aotsidecar/client');

exports.activate = (context) => context.subscriptions.push(vscode.commands.registerCommand('helloChat.open', async () => {
  const secret = await context.secrets.get('openai') ?? await vscode.window.showInputBox({ password: true, prompt: 'OpenAI API key' });
  await context.secrets.store('openai', secret);
  const sidecar = await Sidecar.launch({
    executable: context.asAbsolutePath('bin/aotsidecar'),
    host: { name: 'hello-chat', version: '1.0.0' },
    services: { getSecret: async () => ({ secret, baseUrl: 'https://api.openai.com/v1', model: 'gpt-5.1' }) },
  });
  const panel = vscode.window.createWebviewPanel('chat', 'Chat', vscode.ViewColumn.One, { enableScripts: true });
  panel.onDidDispose(() => sidecar.stop());
  panel.webview.onDidReceiveMessage(async (origin) => {
    const { clientSecret } = await sidecar.bridge.createSession({ secretKeyId: 'openai', origin });
    panel.webview.postMessage({ url: `http://127.0.0.1:${sidecar.port}/chatkit`, clientSecret });
  });
  panel.webview.html = readFileSync(context.asAbsolutePath('chat.html'), 'utf8');
}));
