import { Sidecar } from '../src/sidecar';

/** A host of its own, to be killed: starts the executable it is given and tells the pid. */
async function main(executable: string): Promise<void> {
  const services = { getSecret: () => Promise.resolve({ secret: 'sk-test-0123456789' }) };
  const sidecar = await Sidecar.launch({ executable, host: { name: 'doomed', version: '1.0.0' }, services });
  process.send?.(sidecar.pid);
}

void main(process.argv[2] ?? '');
