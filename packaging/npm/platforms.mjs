// The published platforms and their names: a RID for .NET, os-cpu[-musl] for npm, a target for VS Code.

export const platforms = [
  { rid: 'linux-x64', os: 'linux', cpu: 'x64', libc: 'glibc', vscode: 'linux-x64', title: 'Linux x64' },
  { rid: 'linux-arm64', os: 'linux', cpu: 'arm64', libc: 'glibc', vscode: 'linux-arm64', title: 'Linux Arm64' },
  { rid: 'linux-musl-x64', os: 'linux', cpu: 'x64', libc: 'musl', vscode: 'alpine-x64', title: 'Alpine Linux x64' },
  { rid: 'linux-musl-arm64', os: 'linux', cpu: 'arm64', libc: 'musl', vscode: 'alpine-arm64', title: 'Alpine Linux Arm64' },
  { rid: 'win-x64', os: 'win32', cpu: 'x64', vscode: 'win32-x64', title: 'Windows x64' },
  { rid: 'win-arm64', os: 'win32', cpu: 'arm64', vscode: 'win32-arm64', title: 'Windows Arm64' },
  { rid: 'osx-x64', os: 'darwin', cpu: 'x64', vscode: 'darwin-x64', title: 'macOS x64' },
  { rid: 'osx-arm64', os: 'darwin', cpu: 'arm64', vscode: 'darwin-arm64', title: 'macOS Arm64' },
].map((platform) => ({
  ...platform,
  name: `${platform.os}-${platform.cpu}${platform.libc === 'musl' ? '-musl' : ''}`,
  file: platform.os === 'win32' ? 'aotsidecar.exe' : 'aotsidecar',
}));
