#!/usr/bin/env bash
# Installs the Debian packages that the tests need and this machine lacks, one line each. Everything else (Go modules,
# Python and npm packages) is fetched by the rules that use it and stays inside the checkout.
set -euo pipefail

missing=()

# need PACKAGE PURPOSE COMMAND... asks for a package unless the command succeeds.
need() {
    local package=$1 purpose=$2
    shift 2
    "$@" >/dev/null 2>&1 && return
    echo "missing: $package ($purpose)"
    missing+=("$package")
}

need gcc "C tests and the C build" gcc --version
need g++ "the header as C++" g++ --version
need binutils "symbol checks and the static library" objcopy --version
need pkg-config "the installed library, as a program finds it" pkg-config --version
need valgrind "C tests" valgrind --version
need python3 "Python binding" python3 --version
need python3-venv "Python test packages, under build/" python3 -c 'import ensurepip'
need python3-dev "the Python binding's accelerator" python3 -c 'import sysconfig; open(sysconfig.get_path("include") + "/Python.h")'
need ruby "Ruby binding" ruby --version
need ruby-ffi "Ruby binding" ruby -e 'require "ffi"'
need ruby-minitest "Ruby tests" ruby -e 'require "minitest"'
need puma "Ruby tests: a pre-fork server" puma --version
need nodejs "Node binding" node --version
need npm "Node test packages" npm --version
need chromium "the stand-in's page, and the module in a browser" chromium --version
need libssl-dev "digests in the C conformance runner" pkg-config --exists libcrypto

if ! go version >/dev/null 2>&1; then
    echo "missing: Go 1.26, which Debian does not have: install it from go.dev" >&2
    exit 1
fi
[ ${#missing[@]} -eq 0 ] && exit 0

export DEBIAN_FRONTEND=noninteractive
install=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "$(id -u)" -eq 0 ]; then
    as_root=(env)
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n env "DEBIAN_FRONTEND=$DEBIAN_FRONTEND")
else
    echo "not root, and sudo needs a password. Run this once: sudo ${install[*]}" >&2
    exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" "${install[@]}"; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "could not install: ${missing[*]}" >&2
    exit 1
fi
echo "installed: ${missing[*]}"
