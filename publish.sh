#!/usr/bin/env bash
# Publishes the native executable. Written for bash 3.2 (macOS) and Git-Bash as well.
set -euo pipefail

known_rids="linux-x64 linux-arm64 linux-musl-x64 linux-musl-arm64 win-x64 win-arm64 osx-x64 osx-arm64"

usage() {
    cat <<END
usage: ./publish.sh                publish for this machine
       ./publish.sh RID…           publish for the named systems, as far as this one can build them
       ./publish.sh demo [ARG…]    publish for this machine, then run 'aotsidecar demo ARG…'

The executable goes to artifacts/<rid>/, its symbols to artifacts/symbols/<rid>/,
the build log to artifacts/logs/publish-<rid>.log.

RIDs: $known_rids

exit codes: 0 published, 1 the build failed, 2 usage, a missing tool, or a system that cannot be built for here
END
}

say() { echo "publish.sh: $*"; }
refuse() { echo "publish.sh: $*" >&2; exit 2; }

# --- what machine this is -------------------------------------------------------------------------------------------

host_rid() {
    local os arch
    case "$(uname -s)" in
        Linux) if ldd --version 2>&1 | grep -qi musl; then os=linux-musl; else os=linux; fi ;;
        Darwin) os=osx ;;
        MINGW* | MSYS* | CYGWIN*) os=win ;;
        *) refuse "unknown system '$(uname -s)': Native AOT publishes on Linux, macOS and Windows" ;;
    esac
    # Git-Bash is an x64 program on Windows on Arm too; there only the environment names the real processor.
    arch=$(uname -m)
    if [ $os = win ]; then arch=${PROCESSOR_ARCHITEW6432:-${PROCESSOR_ARCHITECTURE:-$arch}}; fi
    case "$arch" in
        x86_64 | amd64 | AMD64) arch=x64 ;;
        aarch64 | arm64 | ARM64) arch=arm64 ;;
        *) refuse "unknown processor '$arch': x64 and arm64 are built" ;;
    esac
    echo "$os-$arch"
}

# --- what it can build ----------------------------------------------------------------------------------------------

check_buildable() {
    local rid=$1
    case " $known_rids " in
        *" $rid "*) ;;
        *) refuse "unknown RID '$rid'; known: $known_rids" ;;
    esac
    case "$host:$rid" in
        "$rid:$rid" | linux-x64:linux-arm64 | osx-*:osx-* | win-*:win-*) ;;
        linux-*:linux-musl-*)
            refuse "$rid cannot be built on $host: its C library is musl; on Alpine run ./publish.sh $rid" ;;
        *:win-*) refuse "$rid cannot be built on $host: it needs the MSVC linker and the Windows SDK, so Windows" ;;
        *:osx-*) refuse "$rid cannot be built on $host: it needs Apple's linker and SDK, so macOS" ;;
        *) refuse "$rid cannot be built on $host: no compiler for it here; build it on a $rid machine" ;;
    esac
}

check_dotnet() {
    local how
    case $host in
        osx-*) how="brew install dotnet-sdk" ;;
        win-*) how="winget install Microsoft.DotNet.SDK.10" ;;
        *) how=$(install_hint dotnet-sdk-10.0 dotnet-sdk-10.0 dotnet10-sdk) ;;
    esac
    # In the repository's folder 'dotnet --version' fails when no installed SDK satisfies global.json.
    if ! have dotnet || ! sdk=$(dotnet --version 2>/dev/null); then
        refuse "the .NET SDK 10 is missing: $how"
    fi
}

# Compiles and links an empty program the way the publish will, so that a missing header or start file shows here.
links() { echo 'int main(void) { return 0; }' | "$@" -x c - -o "$probe" 2>/dev/null; }

check_linker() {
    local rid=$1 probe status=0
    case "$host:$rid" in
        win-*) return ;; # the build itself finds Visual Studio and names the workload when there is none
        osx-*)
            if ! xcode-select -p >/dev/null 2>&1; then refuse "the linker is missing: xcode-select --install"; fi
            return ;;
    esac
    probe=$(mktemp)
    if [ "$host" = "$rid" ]; then
        # The publish takes clang, else gcc, and looks no further when clang is there but cannot link.
        if have clang; then links clang || status=1; else { have gcc && links gcc; } || status=1; fi
    else
        { have clang && { have llvm-objcopy || have objcopy; } && links clang --target=aarch64-linux-gnu; } || status=1
    fi
    rm -f "$probe"
    # It moves the symbols to a file of their own.
    if [ $status = 0 ] && ! have objcopy && ! have llvm-objcopy; then
        refuse "objcopy is missing: $(install_hint binutils binutils binutils)"
    fi
    if [ $status = 0 ]; then return; fi
    if [ "$host" = "$rid" ]; then
        refuse "a C compiler that links is missing: $(install_hint 'clang libc6-dev' 'clang glibc-devel' 'clang build-base')"
    fi
    refuse "the cross compiler for $rid is missing: $(install_hint \
        'clang llvm gcc-aarch64-linux-gnu binutils-aarch64-linux-gnu libc6-dev-arm64-cross' \
        'clang llvm gcc-aarch64-linux-gnu sysroot-aarch64-fc-glibc' 'clang')"
}

# --- publishing -----------------------------------------------------------------------------------------------------

sha256() { if have sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1; }

ticker=
stop_ticker() {
    if [ -n "$ticker" ]; then kill "$ticker" 2>/dev/null || true; wait "$ticker" 2>/dev/null || true; ticker=; fi
}

# Says every ten seconds that the build is alive. The sleep keeps neither stdout nor stderr open after the kill.
start_ticker() {
    (
        elapsed=0
        while sleep 10 >/dev/null 2>&1; do
            elapsed=$((elapsed + 10))
            say "$1: still building, $elapsed s"
        done
    ) &
    ticker=$!
}

publish() {
    local rid=$1 name=aotsidecar started staging log seconds
    case $rid in win-*) name=aotsidecar.exe ;; esac
    # Relative paths: Git-Bash rewrites absolute ones on their way to a Windows program, and the command line of dotnet
    # takes the comma in a folder's name for the end of a value.
    staging=artifacts/staging/$rid
    log=artifacts/logs/publish-$rid.log
    rm -rf "$staging"
    mkdir -p "$staging" artifacts/logs
    say "$rid: building with .NET SDK $sdk; a first build takes about a minute"
    started=$SECONDS
    start_ticker "$rid"
    # No build server stays behind: it would hold this script's output open and the folder busy.
    if ! dotnet publish src/AotSidecar -c Release -r "$rid" --nologo "-p:PublishDir=../../$staging/" \
        -nodeReuse:false -p:UseSharedCompilation=false >"$log" 2>&1 </dev/null; then
        stop_ticker
        cat "$log" >&2
        echo "publish.sh: $rid: the build failed; log: $log" >&2
        exit 1
    fi
    stop_ticker
    if grep -E '(: |^)warning ' "$log" >&2; then
        echo "publish.sh: $rid: the build warned; log: $log" >&2
        exit 1
    fi
    collect "$rid" "$staging" "$name"
    seconds=$((SECONDS - started))
    say "$rid: $(wc -c <"artifacts/$rid/$name" | tr -d ' ') bytes, built in $seconds s"
    say "$rid: sha256 $(sha256 "artifacts/$rid/$name")"
    say "$rid: artifacts/$rid/$name"
}

# Moves the executable and its symbols to their folders, and fails when the publish left anything else.
collect() {
    local rid=$1 staging=$2 name=$3 file
    rm -rf "artifacts/symbols/$rid"
    mkdir -p "artifacts/$rid" "artifacts/symbols/$rid"
    for file in "$staging"/*; do
        case ${file##*/} in
            "$name") ;;
            *.dbg | *.pdb | *.dSYM) mv "$file" "artifacts/symbols/$rid/" ;;
            *)
                echo "publish.sh: $rid: unexpected file ${file##*/}: the executable has to stand alone" >&2
                exit 1 ;;
        esac
    done
    # A rename, so that a running executable of the last publish stays whole.
    mv -f "$staging/$name" "artifacts/$rid/$name"
    rmdir "$staging"
    for file in "artifacts/$rid"/*; do
        if [ "${file##*/}" != "$name" ]; then rm -rf "$file"; fi
    done
}

# --- the command line -----------------------------------------------------------------------------------------------

case ${1:-} in
    -h | --help | help) usage; exit 0 ;;
    -*) refuse "unknown option '$1'; see ./publish.sh --help" ;;
esac

caller_dir=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=build/install-hint.sh
. build/install-hint.sh
host=$(host_rid)
rids="$*"
if [ $# = 0 ] || [ "$1" = demo ]; then rids=$host; fi

check_dotnet
for rid in $rids; do check_buildable "$rid"; done
for rid in $rids; do check_linker "$rid"; done
trap stop_ticker EXIT
for rid in $rids; do publish "$rid"; done

if [ "${1:-}" = demo ]; then
    shift
    executable=$PWD/artifacts/$host/aotsidecar
    cd "$caller_dir"
    exec "$executable" demo "$@"
fi
