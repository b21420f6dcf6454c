// What the scripted sidecar answers, by the first word of the message. Each script gets one turn and sends its events.

const PIXEL = 'data:image/svg+xml,' + encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="480" height="270">' +
  '<rect width="480" height="270" fill="#134e4a"/><circle cx="360" cy="80" r="34" fill="#fde68a"/>' +
  '<path d="M0 230l130-120 90 80 70-50 190 130H0z" fill="#0f766e"/></svg>')
const update = (item_id, type, members) => ({ type: 'thread.item.updated', item_id, update: { type, ...members } })

// One assistant message, in the order ChatKit's page relies on; `pause` runs after each piece.
async function say(t, pieces, { annotations = [], pause } = {}) {
  const item = t.fake.item(t.thread, 'assistant_message', { content: [] })
  t.send({ type: 'thread.item.added', item })
  t.send(update(item.id, 'assistant_message.content_part.added', { content_index: 0, content: { annotations: [], text: '', type: 'output_text' } }))
  for (const delta of pieces) {
    t.send(update(item.id, 'assistant_message.content_part.text_delta', { content_index: 0, delta }))
    await pause?.()
    if (t.signal.aborted) break
  }
  annotations.forEach((annotation, annotation_index) =>
    t.send(update(item.id, 'assistant_message.content_part.annotation_added', { content_index: 0, annotation_index, annotation })))
  const text = pieces.join(''), content = { annotations, text, type: 'output_text' }
  t.send(update(item.id, 'assistant_message.content_part.done', { content_index: 0, content }))
  t.send({ type: 'thread.item.done', item: { ...item, content: [content] } })
}
const done = (t, type, members, prefix) => {
  const item = t.fake.item(t.thread, type, members, prefix)
  t.send({ type: 'thread.item.done', item })
  return item
}
const url = (title, address) => ({ type: 'annotation', source: { type: 'url', title, url: address }, index: 5 })

export const MARKDOWN = `# A heading

A paragraph with **bold**, *italic*, \`inline code\`, **bold with \`code\`**, snake_case_name and a [link](https://example.com/a_(b)). Bare: https://example.com/path.

## Lists

- one
- two
  - nested *item*
  - another

    with a paragraph
- three
- four

3. third
4. fourth

> A quote with **weight**
> over two lines

| Name | Size | Note |
|:-----|-----:|:----:|
| aotsidecar | 12 MB | \`native\` |
| a \\| b | 3 | **yes** |

---

\`\`\`csharp
var token = RandomNumberGenerator.GetHexString(64);
Console.WriteLine($"{token}");   // <b>not markup</b>
\`\`\`

The end.
`
const LONG = Array.from({ length: 500 }, (_, i) => i % 9 === 8
  ? '```js\n' + `const value${i} = compute(${i})\n`.repeat(4) + '```\n\n'
  : `Paragraph ${i} with **bold** words, \`code\` and a [link](https://example.com/${i}), long enough to wrap over more than one line of the page.\n\n`).join('')

export const XSS = `<img src=x onerror="window.pwned=1"> <script>window.pwned=1</script>

[a](javascript:window.pwned=1) [b](JaVaScRiPt:alert(1)) [c](data:text/html,<script>window.pwned=1</script>) [d](vbscript:x) [e](//evil.example/x) [f](java\tscript:window.pwned=1)

<javascript:window.pwned=1> ![i](javascript:window.pwned=1) ![spy](https://evil.example/?q=secret) **<b onclick=alert(1)>x</b>**

| <script>window.pwned=1</script> | [x](javascript:1) |
|---|---|
| <svg onload=window.pwned=1> | \`<script>\` |

\`\`\`"><script>window.pwned=1</script>
</code></pre><script>window.pwned=1</script>
\`\`\`
`

export const scripts = {
  echo: t => say(t, ['You said: ', t.said ?? 'nothing']),
  retried: t => say(t, ['Second thoughts on: ', t.said]),
  markdown: t => say(t, MARKDOWN.match(/[^]{1,7}/g)),
  // The same text, a gate after each piece: lets a test look at every half-written state.
  step: t => say(t, MARKDOWN.match(/[^]{1,40}/g), { pause: () => t.fake.gate(t.signal) }),
  slow: t => say(t, ['One **bold** word ', 'then ', 'another'], { pause: () => t.fake.gate(t.signal) }),
  long: t => say(t, LONG.match(/[^]{1,24}/g)),
  xss: t => {
    t.thread.title = '<img src=x onerror=window.pwned=1>'
    t.send({ type: 'thread.updated', thread: t.fake.view(t.thread) })
    t.send({ type: 'notice', level: '"><img src=x onerror=window.pwned=1>', title: '<script>window.pwned=1</script>', message: XSS })
    done(t, 'widget', { widget: { type: 'Card', children: [{ type: 'constructor', children: { type: 'Text', value: '<img src=x onerror=window.pwned=1>' } },
      { type: 'Image', src: 'javascript:window.pwned=1' }, { type: 'Markdown', value: '[z](javascript:window.pwned=1)' },
      { type: 'Form', onSubmitAction: { type: 's' }, children: [{ type: 'Input', name: '__proto__.pwned', defaultValue: '1' }, { type: 'Button', submit: true, label: 'Pollute' }] }] } })
    done(t, 'task', { task: { type: 'web_search', title: '<b>t</b>', queries: ['<i>q</i>'], sources: [{ type: 'url', title: 'src', url: 'javascript:window.pwned=1' }] } }, 'tsk')
    done(t, 'generated_image', { image: { id: 'x', url: 'javascript:window.pwned=1' } })
    return say(t, [XSS], { annotations: [url('<img src=x onerror=window.pwned=1>', 'javascript:window.pwned=1')] })
      .then(() => done(t, 'client_tool_call', { status: 'pending', call_id: 'c', name: '<img src=x onerror=window.pwned=1>', arguments: {} }, 'tc'))
  },
  thinking: async t => {
    const item = t.fake.item(t.thread, 'workflow', { workflow: { type: 'reasoning', tasks: [], expanded: false } }, 'wf')
    const thought = { type: 'thought', status_indicator: 'none', title: 'Weighing the options', content: 'The user wants *sources*.' }
    const search = { type: 'web_search', status_indicator: 'complete', title_query: 'native AOT start-up time', queries: ['native AOT start-up time', 'native aot', 'start-up'],
      sources: [{ type: 'url', title: 'Native AOT deployment', url: 'https://learn.example/aot' }] }
    t.send({ type: 'thread.item.added', item })
    t.send(update(item.id, 'workflow.task.added', { task_index: 0, task: { ...thought, content: 'The user' } }))
    t.send(update(item.id, 'workflow.task.updated', { task_index: 0, task: thought }))
    t.send(update(item.id, 'workflow.task.added', { task_index: 1, task: { ...search, status_indicator: 'loading' } }))
    await t.fake.gate(t.signal)
    t.send(update(item.id, 'workflow.task.updated', { task_index: 1, task: search }))
    t.send({ type: 'thread.item.done', item: { ...item, workflow: { ...item.workflow, tasks: [thought, search], summary: { duration: 3 } } } })
    t.send({ type: 'progress_update', icon: 'search', text: 'Reading two pages' })
    await t.fake.gate(t.signal)
    await say(t, ['A native executable starts in a few milliseconds.'], { annotations: [url('Native AOT deployment', 'https://learn.example/aot'),
      { type: 'annotation', source: { type: 'file', title: '', filename: 'notes.md' }, index: 9 }, url('Native AOT deployment', 'https://learn.example/aot')] })
    t.send({ type: 'notice', level: 'warning', title: 'Careful', message: 'These numbers are **old**.' })
    t.send({ type: 'client_effect', name: 'ignored', data: {} })
  },
  image: async t => {
    const item = t.fake.item(t.thread, 'generated_image', {})
    t.send({ type: 'thread.item.added', item })
    await t.fake.gate(t.signal)
    t.send(update(item.id, 'generated_image.updated', { image: { id: 'ig', url: PIXEL }, progress: 0.5 }))
    await t.fake.gate(t.signal)
    t.send({ type: 'thread.item.done', item: { ...item, image: { id: 'ig', url: PIXEL } } })
  },
  widget: t => {
    const item = t.fake.item(t.thread, 'widget', { widget: { type: 'Card', children: [{ type: 'Text', id: 'live', value: '' }] } })
    t.send({ type: 'thread.item.added', item })
    t.send(update(item.id, 'widget.streaming_text.value_delta', { component_id: 'live', delta: 'Grow', done: false }))
    t.send(update(item.id, 'widget.streaming_text.value_delta', { component_id: 'live', delta: 'ing', done: true }))
    t.send(update(item.id, 'widget.component.updated', { component_id: 'live', component: { type: 'Caption', id: 'live', value: 'Replaced part' } }))
    const widget = { type: 'Card', status: { text: 'Weather desk' }, children: [
      { type: 'Row', children: [{ type: 'Title', value: 'Zürich' }, { type: 'Spacer' }, { type: 'Badge', label: 'Live' }] },
      { type: 'Caption', value: 'Updated just now' }, { type: 'Markdown', value: 'Mostly **sunny**, 21 °C' }, { type: 'Divider' },
      { type: 'Image', src: PIXEL, alt: 'Hills' }, { type: 'FancyUnknown', children: [{ type: 'Text', value: 'Inside an unknown part' }] },
      { type: 'Form', onSubmitAction: { type: 'subscribe', payload: { city: 'zrh' } }, children: [
        { type: 'Label', value: 'Tell me about changes', fieldName: 'user.mail' }, { type: 'Input', name: 'user.mail', inputType: 'email', placeholder: 'you@example.com', required: true },
        { type: 'Select', name: 'often', placeholder: 'How often', options: [{ value: 'd', label: 'Daily' }, { value: 'w', label: 'Weekly' }], defaultValue: 'w' },
        { type: 'Checkbox', name: 'rain', label: 'Only rain', defaultChecked: true },
        { type: 'Row', children: [{ type: 'Button', submit: true, label: 'Subscribe' }, { type: 'Button', label: 'Refresh', onClickAction: { type: 'refresh', streaming: false, payload: { n: 1 } } }] }] }] }
    t.send(update(item.id, 'widget.root.updated', { widget }))
    t.send({ type: 'thread.item.done', item: { ...item, widget } })
    done(t, 'widget', { widget: { type: 'ListView', children: ['First', 'Second'].map(value => ({ type: 'ListViewItem', onClickAction: { type: 'pick', payload: { value } },
      children: [{ type: 'Text', value }, { type: 'Caption', value: 'A row to click' }] })) } })
  },
  action: t => {
    const item = t.thread.store.find(i => i.id === t.params.item_id)
    t.send({ type: 'thread.item.replaced', item: { ...item, widget: { type: 'Card', children: [{ type: 'Text', value: 'Done: ' + t.params.action.type }] } } })
    return say(t, ['Action received: `' + JSON.stringify(t.params.action) + '`'])
  },
  form: t => done(t, 'structured_input', { status: 'pending', inputs: [
    { id: 'colour', question: 'Which colour?', type: 'multiple_choice', multiple: false, options: [{ value: 'Teal' }, { value: 'Plum' }] },
    { id: 'days', question: 'Which days?', type: 'multiple_choice', multiple: true, options: [{ value: 'Monday' }, { value: 'Friday' }] },
    { id: 'why', question: 'Anything else?', type: 'freeform', description: 'A sentence is enough.' }] }),
  structuredInput: t => {
    const item = t.thread.store.find(i => i.id === t.params.item_id), { status, answers } = t.params.input
    const inputs = item.inputs.map(q => ({ ...q, answer: answers[q.id]?.values.length ? answers[q.id] : { values: [], skipped: true } }))
    t.send({ type: 'thread.item.replaced', item: { ...item, status, inputs } })
    return say(t, ['Thank you.'])
  },
  tool: async t => {
    await say(t, ['Let me look.'])
    done(t, 'client_tool_call', { status: 'pending', call_id: 'call_1', name: 'read_selection', arguments: { lines: null } }, 'tc')
  },
  toolOutput: t => say(t, ['The tool said: `' + JSON.stringify(t.params.result) + '`']),
  error: async t => {
    await say(t, ['Half an ans'])
    t.send({ type: 'error', code: 'custom', message: 'The provider is overloaded.', allow_retry: true })
  },
  fatal: t => t.send({ type: 'error', code: 'stream.error', allow_retry: false }),
  drop: async t => {
    t.send({ type: 'thread.item.added', item: t.fake.assistant(t.thread, 'Almost th') })
    await t.fake.gate(t.signal)
    t.response.destroy()
  },
  lock: async t => {
    await say(t, ['That was the last word.'])
    t.thread.status = { type: 'locked', reason: 'Handed over to a person' }
    t.send({ type: 'thread.updated', thread: t.fake.view(t.thread) })
  },
  // Everything the SSE format allows, and a few things it does not.
  framing: t => {
    const id = t.fake.id('msg'), event = item => JSON.stringify({ type: 'thread.item.added', item })
    const [a, b] = event(t.fake.assistant(t.thread, 'CR, CRLF and comments ☃ survive')).split(',"content"')
    t.response.write(`: keep-alive\n\nevent: x\r\nid: 1\r\ndata:${a}\r\ndata: ,"content"${b}\r\n\r\ndata: not json\n\ndata\n\ndata: {"type":"unheard.of"}\r\r`)
    t.response.write(`data: ${JSON.stringify(update('msg_unknown', 'workflow.task.added', { task_index: 0, task: {} }))}\n\n`)
    t.response.write('data: ' + event({ ...t.fake.assistant(t.thread, 'cut off'), id }))
  },
  turns: async t => {
    await say(t, ['First part.'])
    done(t, 'end_of_turn', {})
    await say(t, ['Second part.'])
    done(t, 'task', { task: { type: 'custom', status_indicator: 'complete', title: 'Filed', content: 'in the *archive*' } }, 'tsk')
    const gone = t.fake.assistant(t.thread, 'Removed again')
    t.send({ type: 'thread.item.added', item: gone })
    t.send({ type: 'thread.item.removed', item_id: gone.id })
  },
}
