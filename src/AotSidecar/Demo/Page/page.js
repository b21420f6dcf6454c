// A small ChatKit client. Alone, it gets its token with the one-use code in the URL's fragment. Embedded, it uses
// window.aotsidecar, set by an earlier script:
//   endpoint     URL of POST /chatkit, read at every call: a restart changes it
//   fetch        instead of window.fetch; optional as the rest
//   getToken     async rejected => token; `rejected` just got a 401
//   clientTool   async (name, args) => result; also without endpoint
//   model, note  shown to the reader
//   starters     what the empty page offers to ask
//   remedies     what may end an error, by its code: {label, apply}
// and calls window.aotsidecar.remedied(code) once it may have ended.
// A thread's text is untrusted: it enters the document as text, URLs through `anchor` and `image`.

const $ = id => document.getElementById(id), list = x => [x ?? []].flat(), str = x => `${x ?? ''}`

const kids = (...nodes) => nodes.flat(9).filter(Boolean)
function el(spec, props, ...rest) {
  let [tag, ...classes] = spec.split('.')
  if (props?.constructor !== Object) rest.unshift(props), props = null
  let node = Object.assign(document.createElement(tag), {className: classes.join(' ')}, props)
  node.append(...kids(rest))
  return node
}
const button = (label, onclick, cls = '', name = null) => el('button' + cls, {type: 'button', onclick, ariaLabel: name}, label)
const image = (src, alt) => /^(https:|data:image\/|blob:)/i.test(src) && el('img', {src, alt: str(alt)})
const anchor = (href, ...kids) => /^(https?:|mailto:)/i.test(href) ? el('a', {href, rel: 'noopener noreferrer', target: '_blank'}, kids) : el('span', kids)

class Problem extends Error {
  constructor(message, code) { super(message), this.code = code }
}
const host = window.aotsidecar?.endpoint ? window.aotsidecar : demoHost()

function demoHost() {
  let token, until, renewal
  async function renew() {
    let code = location.hash.slice(6), reply = await request('demo/session', code, {})
    if (!reply.ok) throw new Problem('This link has been used up. Open the URL from the terminal again.')
    let {client_secret, expires_in, next_code, model, note} = await reply.json()
    history.replaceState(0, '', '#code=' + next_code)
    Object.assign(host, {model, note})
    // Half a minute early: not to run out on its way.
    until = Date.now() + (expires_in - 30) * 1000
    return token = client_secret
  }
  return {endpoint: 'chatkit', getToken: rejected => Date.now() < until && token !== rejected ? token
    : renewal ??= renew().finally(() => renewal = null)}
}
async function request(url, token, body, signal) {
  let headers = {'Content-Type': 'application/json', ...token && {Authorization: 'Bearer ' + token}}
  let reply = await (host.fetch ?? fetch)(url, {method: 'POST', headers, signal, body: JSON.stringify(body)}).catch(e => {
    throw signal?.aborted ? e : new Problem('The sidecar does not answer. Is it still running?')
  })
  if (reply.ok || reply.status === 401) return reply
  let {message, error} = await reply.json().catch(() => ({}))
  throw new Problem(reply.status === 429 ? `Too many requests. Wait ${reply.headers.get('Retry-After') ?? 5} s.` : message ?? `The sidecar answered ${reply.status}.`, error?.code)
}
async function post(type, params, signal) {
  for (let rejected; ;) {
    let token = await host.getToken?.(rejected), reply = await request(host.endpoint, token, {type, params}, signal)
    if (reply.ok) return reply
    if (rejected || !token) throw new Problem('The session has ended. Open this page again.')
    rejected = token
  }
}
const ask = async (type, params) => (await post(type, params)).json()
async function* all(type, params, page) {
  for (let more = true; more; page = null) {
    page ??= await ask(type, {limit: 100, ...params})
    yield* page.data
    params.after = page.data.at(-1)?.id
    more = page.has_more && params.after
  }
}

// Server-sent events: any line ending, comments, several data lines; one without its empty line is dropped.
async function* events(body) {
  let reader = body.pipeThrough(new TextDecoderStream()).getReader()
  for (let rest = '', data = [], cr = false; ;) {
    let {value, done} = await reader.read()
    if (done) return
    if (cr && value[0] === '\n') value = value.slice(1)
    cr = value.endsWith('\r')
    let lines = (rest + value).split(/\r\n|\n|\r/)
    rest = lines.pop()
    for (let line of lines)
      if (/^data(:|$)/.test(line)) data.push(line.slice(5).replace(/^ /, ''))
      else if (!line && data[0]) yield data.splice(0).join('\n')
  }
}

// -- Markdown

const any = (...parts) => RegExp(parts.map(p => p.source ?? p).join('|'), 'gm')
// One alternative a kind: code, heading, rule, quote, bullets, numbers, table, text.
const START = ' {0,3}(?:```|#{1,6} |>|---|[-*+] |\\d+[.)] )'
const series = mark => String.raw`^ *${mark}(?: |$).*(?:\n(?: *\n)*(?:  +\S| ?${mark}(?: |$)).*|\n(?!${START}).*\S.*)*`
const BLOCK = any(/^ {0,3}(`{3,})(.*)([^]*?)(?:^ *\1`* *$|(?![^]))/, /^(#{1,6}) +(.*)/, /^ {0,3}([-*_])(?: *\6){2,} *$/, /^ {0,3}>.*(?:\n {0,3}>.*)*/,
  series('[-*+]'), series('\\d{1,9}[.)]'), /^[^|\n]*\|.*(\n *\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?$)(?:\n[^|\n]*\|.*)*/, `^.*\\S.*(?:\\n(?!${START}).*\\S.*)*`)
// All parts are bounded: hostile text costs linear time.
const INLINE = any(/\\([!-/:-@[-`{-~])/, /(`+)([^]{0,2000}?[^`])\2(?!`)/, /(\*\*|(?<!\w)__)(?=\S)([^]{0,1999}?\S)\4(?!\*)/,
  /!?\[((?:[^[\]]|\[[^[\]]{0,99}\]){0,500})\]\(([^\s()]*(?:\([^\s()]*\))?[^\s()]*)[^()\n]{0,99}\)/, /((?<!\w)_|\*)(?![\s*])([^]{0,999}?[^\s*])\8(?![*\w])/,
  /(?<! ) {2,}\n|<br>/, /(https?:\/\/[^\s<>]{0,2000}[^\s<>.,;:!?'"`)\]*_|])/)

function inline(source, into) {
  let at = 0
  for (let m of source.matchAll(INLINE)) {
    let [all, escaped, , code, , bold, label, url, , italic, bare] = m
    into.append(source.slice(at, m.index), escaped ?? (code ? el('code', code) : bold ? inline(bold, el('strong')) : italic ? inline(italic, el('em'))
      : url != null ? anchor(url, inline(label, el('span'))) : bare ? anchor(bare, bare) : el('br')))
    at = m.index + all.length
  }
  into.append(source.slice(at))
  return into
}
function block([src, fence, lang, body, hashes, head, rule, bar], depth) {
  let lines = src.split('\n'), items = []
  if (fence) {
    let code = body.replace(/^\n|\n$/g, '')
    return el('div.code', el('div', el('span', lang.trim()), button('Copy', ({target: b}) => navigator.clipboard.writeText(code).then(() => {
      b.textContent = 'Copied'
      setTimeout(() => b.textContent = 'Copy', 2000)
    }, complain), '.icon', 'Copy code')), el('pre', {tabIndex: 0}, el('code', code)))
  }
  if (hashes) return inline(head, el('h' + Math.min(6, hashes.length + 1)))
  if (rule) return el('hr')
  if (bar) {
    let row = (l, tag) => el('tr', l.trim().replace(/^\||(?<!\\)\|$/g, '').split(/(?<!\\)\|/).map(c => inline(c.trim(), el(tag))))
    return el('div.table', {tabIndex: 0}, el('table', row(lines[0], 'th'), lines.slice(2).map(l => row(l, 'td'))))
  }
  // Deeper nesting would exhaust the stack.
  if (depth < 9 && /^ {0,3}>/.test(src)) return markdown(src.replace(/^ {0,3}> ?/gm, ''), depth, 'blockquote')
  let mark = /^( *)(?:[-*+]|\d{1,9}[.)])(?: +|$)/
  if (depth > 8 || !mark.test(src)) return inline(src.trim(), el('p'))
  for (let l of lines) {
    let m = mark.exec(l)
    if (m && m[1].length < mark.exec(src)[1].length + 2) items.push([m[0].length, l.slice(m[0].length)])
    else items.at(-1).push(l.replace(RegExp(`^ {0,${items.at(-1)[0]}}`), ''))
  }
  return el(/^ *\d/.test(src) ? 'ol' : 'ul', {start: parseInt(src)}, items.map(([, ...item]) => {
    let li = markdown(item.join('\n'), depth, 'li'), p = li.firstChild
    if (p?.tagName === 'P') p.replaceWith(...p.childNodes)
    return li
  }))
}
const markdown = (source, depth = 0, tag = 'div.md') => el(tag, [...str(source).matchAll(BLOCK)].map(m => block(m, depth + 1)))

// What is being written looks finished: half a link is its text, emphasis is closed.
function mend(src) {
  src = src.replace(/\[([^[\]\n]*)(\]\([^()\s]*)?$/, '$1').replace(/[*_`]{1,3}$/, '')
  let open = ['`', '**'].find(mark => src.split('\n').at(-1).split(mark).length % 2 === 0)
  return open ? src.trimEnd() + open : src
}
// While text grows, its last two blocks are read again; an unchanged one keeps its node.
function growing() {
  let node = el('div'), blocks = []
  let known = ''
  return {node, update(src, live) {
    let old = blocks.splice(src.startsWith(known) ? Math.max(0, blocks.length - 2) : 0), base = old[0]?.at ?? 0, text = src.slice(base), kept = blocks.length
    for (let m of (live && text.split(/^ *```/m).length % 2 ? mend(text) : text).matchAll(BLOCK)) {
      let was = old[blocks.length - kept]
      blocks.push({src: m[0], at: base + m.index, node: was?.src === m[0] ? was.node : block(m, 0)})
    }
    old.forEach(b => b.node.remove())
    node.append(...blocks.slice(kept).map(b => b.node))
    known = src
    node.className = live ? 'md live' : 'md'
  }}
}

// -- Items: what each type's node holds

const source = s => anchor(s.url, s.title || s.filename || s.url)
const task = t => el('li.' + t.status_indicator, el('b', t.title ?? t.title_query), t.content && markdown(t.content), el('p', list(t.queries).filter(q => q !== t.title_query).join(' · ')),
  list(t.sources).map(s => el('p', source(s))))

const shows = {
  user_message: item => [list(item.attachments).map(a => el('span.Badge', a.name)), item.quoted_text && el('blockquote', item.quoted_text),
    el('div.bubble', item.content.map(p => p.text))],
  assistant_message({content}, view) {
    let sources = new Map(content.flatMap(p => list(p.annotations)).map(({source: s}) => [s.url ?? s.filename ?? s.title, s]))
    let parts = view.parts ??= []
    content.forEach((p, i) => (parts[i] ??= growing()).update(str(p.text ?? p.refusal), view.live && !content[i + 1]))
    return [parts.map(p => p.node), sources.size && el('ol.sources', [...sources.values()].map(s => el('li', source(s))))]
  },
  workflow({workflow: w}, view) {
    let s = w.summary?.duration, [busy, done] = w.type === 'custom' ? ['Working', 'Worked'] : ['Thinking', 'Thought']
    let fold = el('details', {open: view.open ?? w.expanded}, el('summary' + (view.live ? '.busy' : ''), {onclick: () => {view.open = !fold.open; pinned = false}},
      w.summary?.title ?? (view.live ? busy + '…' : `${done} for ${s >= 3 ? s + ' s' : 'a moment'}`)), el('ul.tasks', w.tasks.map(task)))
    return fold
  },
  task: item => el('ul.tasks', task(item.task)),
  generated_image: (item, view) => [image(item.image?.url, 'Generated image'),
    view.live && el('label.busy', 'Creating the image ', el('progress', view.progress == null ? {} : {value: view.progress}))],
  client_tool_call: item => el('p.Caption', 'Tool of this page: ', el('code', item.name)),
  widget: (item, view, chat) => part(item.widget, {item, chat}),
  structured_input({id, status, inputs}, view, chat) {
    if (status !== 'pending') return el('div.Card', inputs.map(q => el('p', el('b', q.question + ' '), list(q.answer?.values).join(', ') || 'Skipped')))
    let answer = q => {
      let values = new FormData(form).getAll(q.id).map(v => v.trim()).filter(Boolean)
      return [q.id, {values: q.multiple ? values : values.slice(-1), skipped: !values[0]}]
    }
    let send = status => chat.run('threads.add_structured_input', {item_id: id, input: {status, answers: Object.fromEntries(inputs.map(answer))}})
    let form = el('form.Card', {onsubmit: () => send('answered')}, inputs.map(q => [el('b', q.question),
      list(q.options).map(({value}) => el('label', el('input', {type: q.multiple ? 'checkbox' : 'radio', name: q.id, value}), value)),
      el('input', {name: q.id, placeholder: q.options ? 'Something else' : str(q.description), ariaLabel: q.question})]),
    el('div.Row', el('button.main', 'Send answers'), button('Skip', () => send('skipped'))))
    return form
  },
}

// A plain rendering of a widget's parts.
function part(w, at) {
  let {type, name} = w, value = w.value ?? w.label, check = type === 'Checkbox', tag = 'div.' + type
  let submit = w.onSubmitAction ?? (w.asForm && w.confirm?.action), act = a => a && (() => at.chat.act(a, at))
  if (type === 'Markdown') return markdown(value)
  if (type === 'Image') return image(w.src, w.alt)
  if (w.options) return el('select', {name, ariaLabel: name}, w.options.map(o => el('option', {value: o.value, selected: o.value === w.defaultValue}, o.label)))
  if (check || /^(Input|Textarea|DatePicker)$/.test(type)) return el('label', el('input', {name, required: !!w.required, placeholder: str(w.placeholder),
    ariaLabel: value ?? name, type: check ? 'checkbox' : w.inputType ?? 'text', value: str(w.defaultValue), checked: w.defaultChecked}), value)
  let box = submit ? el(tag.replace('div', 'form'), {onsubmit: () => act(submit)()}) : w.submit ? el('button.main', value)
    : type === 'Button' || w.onClickAction ? button(value, act(w.onClickAction), '.' + type) : el(tag, value)
  if (submit) at = {...at, form: box}
  box.append(...kids(list(w.children).map(c => part(c, at)), [w.confirm, w.cancel].map((b, i) => b && part({...b, type: 'Button', submit: !i && submit, onClickAction: b.action}, at))))
  return box
}
const find = (w, id) => w?.id === id ? w : list(w?.children).reduce((hit, c) => hit ?? find(c, id), null)
// The form's fields join the payload; dotted names nest. No prototypes: the names are not ours.
function payload(action, form) {
  let out = {__proto__: null, ...action.payload}
  for (let {name, type, checked, value} of form?.elements ?? []) if (name) {
    let path = name.split('.'), last = path.pop()
    path.reduce((to, p) => to[p] = {__proto__: null, ...to[p]}, out)[last] = type === 'checkbox' ? checked : value
  }
  return form ? out : action.payload
}

// -- A conversation: it streams while another is read

function Chat(thread) {
  let tail = el('div'), node = el('div.chat', tail), views = new Map(), dirty = new Set(), me = {load, rename, fail, remedied, send, act, run, show, op,
    get thread() { return thread }, get running() { return abort }, get name() { return thread?.title || asked() || (thread ? 'Untitled' : 'New chat') }}
  let abort, again, loaded, loading, notice, problem, progress, stopped
  return me

  // Stands for the title until the server has made one.
  function asked() { return [...views.values()].find(v => v.item.type === 'user_message')?.item.content[0]?.text?.slice(0, 60) }

  // The last question and what followed it.
  function turn() {
    let ids = [...views.keys()], at = ids.findLastIndex(id => views.get(id).item.type === 'user_message')
    return {user: ids[at], ids: ids.slice(at + 1)}
  }
  // Why nothing can be written now, or nothing.
  function barred() {
    let {type, reason} = thread?.status ?? {}, last = views.get(turn().ids.at(-1))?.item
    if (type && type !== 'active') return reason || `This conversation is ${type}.`
    return last?.type === 'structured_input' && last.status === 'pending' ? 'Answer the questions above' : ''
  }
  function op(type, more) { return ask(type, {thread_id: thread.id, ...more}) }
  function load() { return loading ??= fetchItems().finally(() => loading = null) }
  async function fetchItems() {
    if (loaded || !thread) return true
    problem = null
    try {
      thread = await op('threads.get_by_id')
      for await (let item of all('items.list', {thread_id: thread.id, order: 'asc'}, thread.items)) put(item)
      loaded = true
    } catch (e) { fail(e, load) }
    settle()
    return loaded
  }
  async function rename(title) {
    let {title: old} = thread
    if (!title || title === old) return
    thread.title = title
    show()
    await op('threads.update', {title}).catch(e => {thread.title = old; complain(e)})
  }
  function fail({message, code}, then) {
    let {label, apply} = host.remedies?.[code] ?? {}
    problem = el('div.note.danger', {role: 'alert', code, then}, el('p', message),
      el('div.Row', label && button(label, apply, '.main'), then && button('Try again', then)))
    show()
  }
  function remedied(code) {
    let {then} = problem ?? {}
    if (problem?.code !== code) return
    problem = null
    show()
    then?.()
  }
  function put(item, live) {
    if (!shows[item.type]) return
    // The server's copy of a question replaces its draft.
    let user = item.type === 'user_message', view = views.get(item.id) ?? (user && views.get('draft') || {node: el('div')})
    if (user) views.delete('draft')
    else progress = null
    if (!view.item) tail.before(view.node)
    views.set(item.id, Object.assign(view, {item, live}))
    mark(view)
  }
  function drop(ids) { for (let id of ids) views.get(id)?.node.remove(), views.delete(id) }
  function mark(view) {
    if (!dirty.size) requestAnimationFrame(draw)
    dirty.add(view)
  }
  function draw() {
    for (let view of dirty) try {
      let {node, item} = view, nodes = kids(shows[item.type](item, view, me))
      node.className = item.type
      // Moving a node drops a selection in it.
      if (!nodes[0] || nodes.some((n, i) => n !== node.childNodes[i])) node.replaceChildren(...nodes)
    } catch (e) { console.warn(e) }
    dirty.clear()
    if (pinned) toEnd()
  }
  function settle() {
    for (let v of views.values()) if (v.live) v.live = false, mark(v)
    draw()
    show()
  }

  function apply(e) {
    let view = views.get(e.item_id), type = e.type.replace('thread.', '')
    if (type === 'item.updated') return view && change(view, e.update)
    if (type === 'item.removed') drop([e.item_id])
    else if (e.item) put(e.item, type === 'item.added')
    else if (e.thread) {
      if (!thread) chats.unshift(me)
      thread = {...thread, title: '', ...e.thread}
      loaded = true
    } else if (type === 'progress_update') progress = e.text
    else if (type === 'notice') notice = el('div.note.' + e.level, el('b', e.title), markdown(e.message))
    else if (type === 'error') fail({message: e.message || 'Something went wrong.', code: e.reason}, e.allow_retry && again)
    show()
  }
  function change(view, u) {
    let {item} = view, at = u.content_index, node = find(item.widget, u.component_id)
    if (u.annotation) (item.content[at].annotations ??= [])[u.annotation_index] = u.annotation
    else if (u.content) item.content[at] = u.content
    else if (u.task) item.workflow.tasks[u.task_index] = u.task
    else if (u.widget) item.widget = u.widget
    else if (u.image) item.image = u.image, view.progress = u.progress
    else if (u.component) Object.keys(node).forEach(k => delete node[k]), Object.assign(node, u.component)
    else if (node) node.value = str(node.value) + u.delta
    else (item.content[at] ??= {text: ''}).text += u.delta
    mark(view)
  }
  async function run(type, params, then) {
    if (abort) return
    let {signal} = abort = new AbortController()
    again = then
    stopped = problem = notice = null
    progress = 'Thinking…'
    show()
    try {
      for (let call = true; call;) {
        call = null
        if (thread) params.thread_id = thread.id
        for await (let data of events((await post(type, params, signal)).body)) {
          signal.throwIfAborted()
          try {
            let e = JSON.parse(data)
            if (e.type === 'thread.item.done' && e.item.type === 'client_tool_call' && e.item.status === 'pending') call = e.item
            apply(e)
          } catch (e) { console.warn(e) }
        }
        if (call) params = {result: await answer(call)}, type = 'threads.add_client_tool_output'
      }
    } catch (e) {
      stopped = signal.aborted
      if (!stopped) fail(e instanceof Problem ? e : {message: 'The connection was lost.'}, then)
      else if (views.has('draft')) input.value ||= draft(), drop(['draft'])
    }
    abort = null
    settle()
    if (chat === me) $('status').textContent = tail.previousSibling?.textContent
  }
  function draft() { return views.get('draft')?.item.content[0].text }
  function send(text) {
    let content = [{type: 'input_text', text}]
    drop(['draft'])
    put({id: 'draft', type: 'user_message', content})
    pinned = true
    run(thread ? 'threads.add_user_message' : 'threads.create', {input: {content, attachments: [], inference_options: {}}}, retry)
  }
  function retry() {
    if (draft()) return send(draft())
    let {user, ids} = turn()
    drop(ids)
    run('threads.retry_after_item', {item_id: user}, retry)
  }
  async function act({type, streaming, ...action}, {item, form}) {
    if (form?.reportValidity() === false) return
    let params = {item_id: item.id, action: {type, payload: payload(action, form)}}
    if (streaming !== false) return run('threads.custom_action', params)
    let reply = await op('threads.sync_custom_action', params).catch(complain)
    if (reply?.updated_item) put(reply.updated_item)
  }
  function actions(item_ids) {
    let vote = (kind, label) => button(label, e => op('items.feedback', {item_ids, kind}).then(() => e.target.ariaPressed = true, complain), '.icon', label + ' answer')
    return el('div.actions', vote('positive', 'Good'), vote('negative', 'Bad'), (thread?.status?.type ?? 'active') === 'active' && button('Retry', retry, '.icon', 'Answer again'))
  }

  function show() {
    if (chat !== me) return listChats()
    let {ids} = turn(), bar = barred()
    if (log.firstChild !== node) log.replaceChildren(node)
    tail.replaceChildren(...kids(abort && progress && el('p.busy', progress), stopped && el('p.Caption', 'Stopped.'), notice, problem, !abort && ids[0] && actions(ids),
      !problem && !thread && !views.size && welcome()))
    log.ariaBusy = !!abort
    if (document.activeElement !== title) title.value = document.title = me.name
    title.disabled = remove.hidden = !thread
    remove.textContent = 'Delete'
    $('model').textContent = str(host.model)
    input.disabled = bar
    input.placeholder = bar || (thread && !loaded ? 'Loading…' : 'Write a message')
    sender.textContent = abort ? '■' : '↑'
    sender.disabled = bar && !abort
    sender.ariaLabel = abort ? 'Stop' : 'Send'
    sessionStorage.thread = str(thread?.id)
    if (pinned) toEnd()
    listChats()
  }
}
async function answer({name, arguments: args}) {
  let run = window.aotsidecar?.clientTool ?? (name === 'page_title' && (() => document.title))
  try { return run ? await run(name, args) ?? null : {error: 'this page has no tool named ' + name} } catch (e) { return {error: str(e)} }
}

// -- The page around it

const [log, input, title, sender, remove] = ['log', 'input', 'title', 'send', 'delete'].map($), resumed = sessionStorage.thread
// 229 ends a composition in Safari, where isComposing is already false.
const composing = e => e.isComposing || e.keyCode === 229, focusComposer = () => {input.disabled ? document.activeElement.blur() : input.focus()}
const toEnd = () => log.scrollTop = log.scrollHeight, complain = e => chat.fail(e)
let chats = [], pinned = true, chat = Chat()

const welcome = () => el('div.welcome', el('h2', 'What would you like to know?'), el('p', 'You are talking to a small program on your own computer. ' +
  'It keeps your API key; this page has only a token that soon expires.'), el('p.Caption', host.note),
(host.starters ?? ['Explain how a session token works', 'Write a haiku about fast start-up', 'Show a table, a list and some code']).map(s => button(s, () => chat.send(s), '.entry')))

function listChats() {
  let day = t => new Date(t).toDateString()
  let group
  $('side').replaceChildren(...chats.flatMap(c => {
    let name = day(c.thread.created_at) === day(Date.now()) ? 'Today' : 'Earlier'
    return kids(name !== group && el('h2', group = name),
      el('button.open' + (c.running ? '.busy' : ''), {onclick: () => open(c), title: c.name, ariaCurrent: c === chat}, c.name))
  }))
}
function open(next) {
  if (innerWidth < 720) document.body.classList.remove('side')
  pinned ||= chat !== next
  // A title that is being typed belongs to the conversation that is left.
  if (chat !== next) title.blur()
  chat = next
  chat.load()
  chat.show()
}
async function start() {
  try {
    chats = []
    for await (let t of all('threads.list', {order: 'desc'})) t.id !== chat.thread?.id && chats.push(Chat(t))
    open(chat.running ? chat : chats.find(c => c.thread.id === resumed) ?? Chat())
  } catch (e) { chat.fail(e, start) }
}

$('menu').onclick = () => document.body.classList.toggle('side')
$('new').onclick = () => {open(Chat()); focusComposer()}
// A handler that returns false takes the key away, so none returns anything.
title.onkeydown = e => {
  if (composing(e)) return
  if (e.key === 'Escape') title.value = chat.name
  if (/^(Enter|Escape)$/.test(e.key)) focusComposer(), e.stopPropagation()
}
title.onchange = () => {if (chat.thread) chat.rename(title.value.trim())}
title.onblur = remove.onblur = () => {chat.show()}
remove.onclick = () => {
  let doomed = chat
  if (remove.textContent === 'Delete') return remove.textContent = 'Delete for good?'
  doomed.op('threads.delete').then(() => {
    doomed.running?.abort()
    chats = chats.filter(c => c !== doomed)
    open(Chat())
  }, complain)
}
onsubmit = e => e.preventDefault()
$('composer').onsubmit = async () => {
  if (chat.running) return chat.running.abort()
  if (!await chat.load() || !input.value.trim() || input.disabled || chat.running) return
  chat.send(input.value.trim())
  input.value = sessionStorage.draft = ''
}
input.oninput = () => {sessionStorage.draft = input.value}
input.value = str(sessionStorage.draft)
input.onkeydown = e => {
  if (e.key !== 'Enter' || e.shiftKey || composing(e)) return
  e.preventDefault()
  if (!chat.running) $('composer').onsubmit()
}
onkeydown = e => {if (e.key === 'Escape' && !composing(e)) chat.running?.abort()}
// What is typed after the page was opened belongs into the composer.
onfocus = () => {if (document.activeElement === document.body) focusComposer()}
log.onscroll = () => {pinned = log.scrollHeight - log.scrollTop - log.clientHeight < 40}
onhashchange = () => {location.reload()}
host.remedied = code => new Set([chat, ...chats]).forEach(c => c.remedied(code))
document.body.classList.toggle('side', innerWidth > 719)
if (document.hasFocus()) onfocus()
start()
