/**
 * What a reader of the page sees, measured in the browser: the contrast of every text to what lies behind it, by WCAG's
 * formula. Runs inside the page (`page.evaluate(contrasts, 'body')`) and gives `{ what, ratio, color, background }` of each
 * element below `root` that shows a text of its own, a value or a placeholder.
 */
export function contrasts(root) {
  const paint = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true })
  // Every notation of a colour becomes its four numbers, 0 to 1.
  const read = color => {
    paint.clearRect(0, 0, 1, 1)
    paint.fillStyle = color
    paint.fillRect(0, 0, 1, 1)
    return [...paint.getImageData(0, 0, 1, 1).data].map(v => v / 255)
  }
  const over = ([r, g, b, a], below, opacity = 1) => [r, g, b].map((v, i) => v * a * opacity + below[i] * (1 - a * opacity))
  const luminance = rgb => rgb.map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
  const ancestors = node => node ? [...ancestors(node.parentElement), node] : []
  // Where nothing is painted the browser's own canvas shows, or what the frame around the page has.
  const canvas = matchMedia('(prefers-color-scheme: dark)').matches ? [0.07, 0.07, 0.07] : [1, 1, 1]

  const measure = (node, pseudo) => {
    const style = getComputedStyle(node, pseudo)
    let behind = canvas, opacity = 1
    for (const box of ancestors(node)) {
      const { backgroundColor, opacity: own } = getComputedStyle(box)
      opacity *= own
      behind = over(read(backgroundColor), behind, opacity)
    }
    const front = over(read(style.color), behind, opacity * (pseudo ? style.opacity : 1))
    const [low, high] = [luminance(front), luminance(behind)].sort((a, b) => a - b)
    const hex = rgb => '#' + rgb.map(v => Math.round(v * 255).toString(16).padStart(2, '0')).join('')
    return { ratio: Math.round((high + 0.05) / (low + 0.05) * 100) / 100, color: hex(front), background: hex(behind) }
  }

  return [...document.querySelectorAll(`${root}, ${root} *`)].flatMap(node => {
    const { width, height } = node.getBoundingClientRect()
    if (!width || !height || getComputedStyle(node).visibility === 'hidden') return []
    const field = /^(INPUT|TEXTAREA)$/.test(node.tagName), empty = field && node.value === ''
    const text = field ? node.value || node.placeholder : [...node.childNodes].filter(c => c.nodeType === 3).map(c => c.data).join('').trim()
    const what = `${node.tagName.toLowerCase()}${[...node.classList].map(c => '.' + c).join('')}${node.id && '#' + node.id} "${text.slice(0, 30)}"`
    return text ? [{ what, ...measure(node, empty ? '::placeholder' : undefined) }] : []
  })
}
