// The bill of materials of a publish, read from the record that NuGet's restore keeps of it.
//
//   node build/sbom.mjs components project.assets.json              the parts of one RID, as a JSON array
//   node build/sbom.mjs notices project.assets.json                 their licence notices, one after another
//   node build/sbom.mjs merge VERSION DIST-FILE… -- components.json…  a CycloneDX document about the files

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const [command, ...args] = process.argv.slice(2);
const commands = { components, notices, merge };
if (!Object.hasOwn(commands, command ?? '')) {
  console.error('usage: sbom.mjs components|notices|merge …');
  process.exit(2);
}
commands[command]();

function components() {
  const parts = linkedPackages(JSON.parse(readFileSync(args[0], 'utf8')));
  console.log(JSON.stringify(parts.map(({ name, version, hash, scope, licence }) => ({
    type: scope === 'excluded' ? 'application' : 'library',
    'bom-ref': `pkg:nuget/${name}@${version}`,
    name,
    version,
    // 'excluded' is CycloneDX's word for what made the software and is not in it.
    scope,
    purl: `pkg:nuget/${name}@${version}`,
    ...(licence && { licenses: [{ expression: licence }] }),
    ...(hash && { hashes: [{ alg: 'SHA-512', content: hash }] }),
  })), undefined, 2));
}

function notices() {
  const parts = linkedPackages(JSON.parse(readFileSync(args[0], 'utf8'))).filter(({ scope }) => scope === 'required');
  for (const { name, version, folder } of parts) {
    for (const file of readdirSync(folder).filter((file) => /^(license|third-party-notices)\.txt$/i.test(file)).sort()) {
      console.log(`==== ${name} ${version}: ${file} ====\n\n${readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n')}`);
    }
  }
}

/** The runtime packs, whose code is linked in, and the compiler, whose code is not. */
function linkedPackages(assets) {
  const framework = Object.values(assets.project.frameworks)[0];
  const packs = (framework.downloadDependencies ?? []).map(({ name, version }) => ({
    name,
    version: version.replace(/^\[([^,]+),.*$/, '$1'),
    scope: /\.Runtime\./.test(name) ? 'required' : 'excluded',
  }));
  const packages = Object.keys(assets.libraries).map((library) => {
    const [name, version] = library.split('/');
    return { name, version, scope: suppressed(framework, name) ? 'excluded' : 'required' };
  });
  const all = new Map([...packs, ...packages].map((part) => [part.name, part]));
  return [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((part) => {
    const folder = Object.keys(assets.packageFolders)
      .map((root) => join(root, part.name.toLowerCase(), part.version))
      .find((candidate) => existsSync(candidate));
    if (!folder) {
      throw new Error(`${part.name} ${part.version} is in no package folder`);
    }
    return { ...part, folder, hash: nupkgHash(folder), licence: licence(folder) };
  });
}

/** A build-time package: all its assets are kept from the output. Tools of the ILCompiler family depend on such a one. */
function suppressed(framework, name) {
  return framework.dependencies?.[name]?.suppressParent === 'All' || /\.ILCompiler$/.test(name);
}

function nupkgHash(folder) {
  const file = readdirSync(folder).find((name) => name.endsWith('.nupkg.sha512'));
  return file && Buffer.from(readFileSync(join(folder, file), 'utf8').trim(), 'base64').toString('hex');
}

/** The SPDX expression of the package's manifest; null for a package that brings a licence file instead. */
function licence(folder) {
  const manifest = readdirSync(folder).find((name) => name.endsWith('.nuspec'));
  return /<license type="expression">([^<]+)</.exec(readFileSync(join(folder, manifest), 'utf8'))?.[1] ?? null;
}

function merge() {
  const [version, ...rest] = args;
  const split = rest.indexOf('--');
  const files = rest.slice(0, split);
  const parts = new Map(
    rest.slice(split + 1).flatMap((path) => JSON.parse(readFileSync(path, 'utf8'))).map((part) => [part.purl, part]),
  );
  const root = `pkg:generic/aotsidecar@${version}`;
  console.log(JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': root,
        name: 'aotsidecar',
        version,
        purl: root,
        licenses: [{ license: { id: 'MIT' } }],
        components: files.map((path) => ({
          type: 'file',
          'bom-ref': `file:${basename(path)}`,
          name: basename(path),
          hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(readFileSync(path)).digest('hex') }],
        })),
      },
    },
    components: [...parts.values()],
    dependencies: [{ ref: root, dependsOn: [...parts.keys()] }],
  }, undefined, 2));
}
