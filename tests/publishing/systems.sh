#!/usr/bin/env bash
# Runs the program where no developer's machine is: linux-x64 in a fresh Debian that has neither .NET nor a compiler,
# win-x64 on Wine, and linux-arm64 under emulation, there also through the native tests' main path. Takes some minutes,
# needs root (or sudo), Debian's package mirror and, for the tests, Node.js.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
say() { echo "[$(date +%H:%M:%S)] $*"; }
work=$(mktemp -d)
trap 'as_root rm -rf "$work"' EXIT
# The suite whose C library is the one the executables here are linked against, or newer.
# shellcheck source=/dev/null
suite=$(. /etc/os-release && if [ "$ID" = debian ]; then echo "$VERSION_CODENAME"; else echo trixie; fi)

say "installing the cross compiler, the emulators and debootstrap"
as_root apt-get update -qq
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 \
    clang llvm gcc-aarch64-linux-gnu binutils-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static debootstrap \
    debian-archive-keyring wine wine64 >"$work/apt.log" 2>&1 || { tail -20 "$work/apt.log"; exit 1; }

./publish.sh linux-x64 linux-arm64

# root ARCHITECTURE: a minimal Debian with OpenSSL and its certificates, which TLS needs on every Linux, and nothing else.
root() {
    say "making a $suite root for $1"
    as_root debootstrap --arch="$1" --variant=minbase --include=ca-certificates ${2:+"$2"} "$suite" "$work/$1" \
        >"$work/$1.log" 2>&1 || { tail -20 "$work/$1.log"; exit 1; }
}

root amd64
say "running linux-x64 in it"
as_root cp artifacts/linux-x64/aotsidecar build/smoke.sh "$work/amd64/root/"
as_root chroot "$work/amd64" /usr/bin/env -i HOME=/root PATH=/usr/bin:/bin sh /root/smoke.sh /root/aotsidecar

# Not native, for which there is no linker here, but the same code: pipe names and owners, the exclusive port, the console.
say "running win-x64 on Wine"
dotnet publish src/AotSidecar -c Release -r win-x64 --self-contained -p:PublishAot=false -p:UseSharedCompilation=false \
    -nodeReuse:false "-p:PublishDir=$work/windows/" --artifacts-path "$work/windows-build" >"$work/windows.log" 2>&1 ||
    { cat "$work/windows.log"; exit 1; }
WINEPREFIX=$work/wine WINEDEBUG=-all build/smoke.sh wine "$work/windows/aotsidecar.exe"

# Only unpacked: the emulator takes the libraries from there, and nothing of it has to run.
root arm64 --foreign
for package in "$work"/arm64/var/cache/apt/archives/*.deb; do as_root dpkg-deb -x "$package" "$work/arm64"; done
say "running linux-arm64 in emulation"
build/smoke.sh qemu-aarch64-static -L "$work/arm64" artifacts/linux-arm64/aotsidecar

# The tests give the executable an empty environment and take its pid for the process they started: hence the whole path
# and the exec. One of them runs it as another user, who has to be let in.
emulated=$work/aotsidecar
as_root cp artifacts/linux-arm64/aotsidecar "$work/arm64/"
cat >"$emulated" <<END
#!/bin/sh
exec $(command -v qemu-aarch64-static) -L "$work/arm64" "$work/arm64/aotsidecar" "\$@"
END
as_root chmod 755 "$work" "$work/arm64" "$work/arm64/aotsidecar" "$emulated"
say "running the native tests' main path with linux-arm64 in emulation"
AOTSIDECAR_EXE=$emulated MSBUILDDISABLENODEREUSE=1 \
    dotnet test tests/AotSidecar.NativeTests --nologo -p:UseSharedCompilation=false \
    --filter 'FullyQualifiedName~MainJob|FullyQualifiedName~CommandLine|FullyQualifiedName~Bridge|FullyQualifiedName~NodeTool|FullyQualifiedName~EndTests'
say "passed"
