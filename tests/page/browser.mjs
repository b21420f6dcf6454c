import { chromium } from 'playwright-core'

// Debian's Chromium without its own network chatter; --no-sandbox because test machines run as root.
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
export const launch = (...more) => chromium.launch({ executablePath: '/usr/bin/chromium', args: [...args, ...more] })
