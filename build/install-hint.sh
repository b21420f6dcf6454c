#!/bin/sh
# Sourced: how this system's package manager is told to install the package named for apt, dnf, apk and Homebrew.

have() { command -v "$1" >/dev/null 2>&1; }

# install_hint APT DNF APK [BREW]
install_hint() {
    if have apt-get; then echo "apt-get install $1"
    elif have dnf; then echo "dnf install $2"
    elif have apk; then echo "apk add $3"
    elif have brew && [ -n "${4:-}" ]; then echo "brew install $4"
    else echo "install the package '$1' or what your system calls it"; fi
}
