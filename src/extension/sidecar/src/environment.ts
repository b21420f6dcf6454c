/**
 * What the sidecar inherits: next to nothing. All its settings are flags, and an editor's environment
 * contains tokens, proxies with passwords and loader variables that a workspace tool may have set.
 */
const allowedOnWindows: readonly string[] = [
  'SystemRoot', // sockets and the system's random generator do not load without it
  'TEMP', // the system's certificate store writes there
  'TMP',
];

/** A container's user may have no entry in the list of users; then this alone says where the user's certificates are. */
const allowedElsewhere: readonly string[] = ['HOME'];

export function scrubbedEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): NodeJS.ProcessEnv {
  const allowed = platform === 'win32' ? allowedOnWindows : allowedElsewhere;
  return Object.fromEntries(
    allowed.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
