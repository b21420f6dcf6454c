#!/usr/bin/env bash
# Runs the published executable where no developer's machine is: linux-arm64 under emulation, and linux-x64 in a fresh
# Debian that has neither .NET nor a compiler. Takes some minutes, needs root (or sudo) and Debian's package mirror.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
say() { echo "[$(date +%H:%M:%S)] $*"; }
work=$(mktemp -d)
trap 'as_root rm -rf "$work"' EXIT
# The suite whose C library is the one the executables here are linked against, or newer.
# shellcheck source=/dev/null
suite=$(. /etc/os-release && if [ "$ID" = debian ]; then echo "$VERSION_CODENAME"; else echo trixie; fi)

say "installing the cross compiler, the emulator and debootstrap"
as_root apt-get update -qq
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    clang llvm gcc-aarch64-linux-gnu binutils-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static debootstrap \
    debian-archive-keyring >"$work/apt.log" 2>&1 || { tail -20 "$work/apt.log"; exit 1; }

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

# Only unpacked: the emulator takes the libraries from there, and nothing of it has to run.
root arm64 --foreign
for package in "$work"/arm64/var/cache/apt/archives/*.deb; do as_root dpkg-deb -x "$package" "$work/arm64"; done
say "running linux-arm64 in emulation"
build/smoke.sh qemu-aarch64-static -L "$work/arm64" artifacts/linux-arm64/aotsidecar
say "passed"
