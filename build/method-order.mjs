#!/usr/bin/env node
// Records which methods run, for the compiler to lay them side by side: build/methods.order, one symbol a line,
// those of the start and the first session first, then those of an answer. Code that runs together is then on a few pages
// instead of on nearly all, and 3 MiB less are resident. A list that is out of date does no harm: what it does not name is
// placed as ever, and names that are gone are skipped. Run it when much has changed; needs valgrind and Node.js, on Linux x64.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'method-order-'));
const run = (program, ...args) => execFileSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] });

try {
  const executable = publishWithSymbols();
  const methods = managedMethods(executable);
  const start = await record(executable, 'start', async () => {});
  const later = [...await record(executable, 'answer', answerOnce)].filter(name => !start.has(name));
  const lines = [...byAddress(start), ...byAddress(later)];
  writeFileSync(join(root, 'build/methods.order'), `${lines.join('\n')}\n`);
  console.log(`method-order: ${start.size} methods of the start, ${lines.length} in all, of ${methods.size}`);

  // As they stand now: neighbours of a class stay neighbours.
  function byAddress(names) {
    return [...names].filter(name => methods.has(name)).sort((a, b) => methods.get(a) - methods.get(b));
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** The executable with its symbol table, but without debug information: valgrind does not read DWARF 5. */
function publishWithSymbols() {
  console.log('method-order: publishing with symbols');
  run('dotnet', 'publish', 'src/AotSidecar', '-c', 'Release', '-r', 'linux-x64', '--nologo', '-v', 'q',
    '-p:StripSymbols=false', `-p:PublishDir=${folder}/`, '-nodeReuse:false', '-p:UseSharedCompilation=false');
  const executable = join(folder, 'aotsidecar');
  run('objcopy', '--strip-debug', executable);
  return executable;
}

/** What the compiler can order: the symbols of its own code section, with their addresses. */
function managedMethods(executable) {
  const [, begin, size] = run('readelf', '-SW', executable).match(/__managedcode\s+PROGBITS\s+(\w+)\s+\w+\s+(\w+)/);
  const [first, end] = [parseInt(begin, 16), parseInt(begin, 16) + parseInt(size, 16)];
  const methods = new Map();
  for (const line of run('nm', '--defined-only', executable).split('\n')) {
    const [, address, name] = line.match(/^(\w+) [tTwW] (\S+)$/) ?? [];
    if (name && parseInt(address, 16) >= first && parseInt(address, 16) < end) methods.set(name, parseInt(address, 16));
  }
  return methods;
}

/** The names of all functions that a sidecar runs which mints a session, does the work and ends. */
async function record(executable, name, work) {
  console.log(`method-order: recording the ${name}`);
  const profile = join(folder, `${name}.callgrind`);
  const wrapper = join(folder, `${name}.sh`);
  writeFileSync(wrapper, `#!/bin/sh
# The collector's usual address space is too large for valgrind.
export DOTNET_GCHeapHardLimit=0x8000000
exec /usr/bin/valgrind -q --tool=callgrind --callgrind-out-file=${profile} ${executable} "$@"
`);
  chmodSync(wrapper, 0o755);
  process.env.AOTSIDECAR_EXE = wrapper;
  const { startSidecar } = await import('../tests/shared/sidecar.mjs');
  const provider = createServer(answer).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  const sidecar = await startSidecar('--log-level', 'info');
  const baseUrl = `http://127.0.0.1:${provider.address().port}/v1`;
  sidecar.secrets.set('key', { secret: 'sk-recorded-key', baseUrl });
  await work(sidecar, await sidecar.mint('key'));
  await sidecar.stop();
  provider.close();
  const names = readFileSync(profile, 'utf8').matchAll(/^c?fn=\(\d+\) (.+)$/gm);
  return new Set([...names].map(([, name]) => name.replace(/'\d+$/, '')));
}

/** A chat's answer of two turns, the same passed through, and a list: what most sidecars do all day. */
async function answerOnce(sidecar, { token }) {
  const input = { content: [{ type: 'input_text', text: 'hello' }], attachments: [], inference_options: {} };
  const chat = body => sidecar.call('POST', '/chatkit', { token, body: JSON.stringify(body) });
  const created = await chat({ type: 'threads.create', params: { input } });
  const [, thread_id] = created.text.match(/"id":"(thr_\w+)"/);
  await chat({ type: 'threads.add_user_message', params: { thread_id, input } });
  await chat({ type: 'threads.get_by_id', params: { thread_id } });
  await chat({ type: 'threads.list', params: {} });
  await sidecar.call('POST', '/v1/responses', { token, body: JSON.stringify({ model: 'm', input: 'hello', stream: true }) });
}

/** A provider that says a few words. */
function answer(request, response) {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const text = 'A few words to see how they pass through.';
  const item = { type: 'message', id: 'msg_0a1b2c3d4e5f60718293a4b5c6d7e8f901234567', role: 'assistant' };
  const say = event => response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  const at = { item_id: item.id, output_index: 0, content_index: 0 };
  const done = { ...item, status: 'completed', content: [{ type: 'output_text', text, annotations: [] }] };
  say({ type: 'response.created', response: { id: 'resp_1', status: 'in_progress', output: [] } });
  say({ type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress', content: [] } });
  say({ type: 'response.content_part.added', ...at, part: { type: 'output_text', text: '', annotations: [] } });
  for (const delta of text.split(/(?<= )/)) say({ type: 'response.output_text.delta', ...at, delta });
  say({ type: 'response.output_text.done', ...at, text });
  say({ type: 'response.content_part.done', ...at, part: done.content[0] });
  say({ type: 'response.output_item.done', output_index: 0, item: done });
  say({ type: 'response.completed', response: { id: 'resp_1', status: 'completed', output: [done] } });
  response.end();
}
