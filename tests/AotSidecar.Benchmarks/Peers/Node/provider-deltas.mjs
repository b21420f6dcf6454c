import http from 'node:http'

const agent = new http.Agent({ keepAlive: true })

/** Asks the provider for one streamed answer and yields the text of each delta. */
export async function* deltas(origin, model, input) {
  const body = JSON.stringify({ model, input, stream: true, store: false })
  const reply = await new Promise((resolve, reject) => {
    const request = http.request(`${origin}/v1/responses`, {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), authorization: 'Bearer sk-bench' }
    }, resolve)
    request.on('error', reject)
    request.end(body)
  })
  reply.setEncoding('utf8')
  let rest = ''
  for await (const piece of reply) {
    const frames = (rest + piece).split('\n\n')
    rest = frames.pop()
    for (const frame of frames) {
      const event = JSON.parse(frame.slice(frame.indexOf('data: ') + 6))
      if (event.type === 'response.output_text.delta') yield event.delta
    }
  }
}
