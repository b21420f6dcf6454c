/** .NET's runtime identifier of this machine, such as `linux-x64`. */
export function runtimeIdentifier(platform: NodeJS.Platform = process.platform, architecture: string = process.arch): string {
  const systems: Partial<Record<NodeJS.Platform, string>> = { win32: 'win', darwin: 'osx', linux: isMusl() ? 'linux-musl' : 'linux' };
  return `${systems[platform] ?? platform}-${architecture}`;
}

function isMusl(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return process.platform === 'linux' && report?.header?.glibcVersionRuntime === undefined;
}
