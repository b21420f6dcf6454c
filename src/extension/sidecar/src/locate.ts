import { access, constants } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { SidecarError } from './errors';

export interface Locations {
  /** The user's own choice; never a value that came with the workspace. */
  readonly override?: string | undefined;
  /** The folder the extension ships the executable in. */
  readonly bundledDirectory: string;
  /** Whether the user trusts the workspace; without trust only the bundled executable is run. */
  readonly trusted: boolean;
}

/** Finds the file to run: the override, then the bundled one. Nothing is looked up on PATH or in the workspace. */
export async function locateExecutable(locations: Locations): Promise<string> {
  const override = locations.override?.trim();
  if (override && locations.trusted) {
    if (!isAbsolute(override)) {
      throw new SidecarError('executable_not_found', `${override} is not an absolute path`);
    }
    return requireExecutable(override, 'correct the setting or clear it');
  }

  const bundled = join(locations.bundledDirectory, process.platform === 'win32' ? 'aotsidecar.exe' : 'aotsidecar');
  return requireExecutable(bundled, 'install the package made for this platform, or set the path of an executable');
}

async function requireExecutable(path: string, mend: string): Promise<string> {
  try {
    await access(path, constants.X_OK);
    return path;
  } catch (error) {
    throw new SidecarError('executable_not_found', `${path} is missing or not executable: ${mend}`, { cause: error });
  }
}
