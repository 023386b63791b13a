#!/usr/bin/env bash
# Prepare a fresh Debian 12 (git, python3, make, apt) for Trunkline: `setup.sh python`, `setup.sh system`.
set -euo pipefail
cd "$(dirname "$0")/.."

apt_install() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    local sudo=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "setup: please install as root: apt-get install ${missing[*]}" >&2; exit 1; }
        sudo=(sudo)
    fi
    echo "setup: installing ${missing[*]}"
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

case "${1:-}" in
python)
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "setup: Python 3.11 or newer is needed" >&2; exit 1; }
    python3 -c 'import ensurepip' 2>/dev/null || apt_install python3-venv
    [ -x .venv/bin/python ] || python3 -m venv .venv
    .venv/bin/pip install -q --disable-pip-version-check "uv==$(grep -oP '^uv==\K[0-9.]+' requirements.lock)"
    .venv/bin/uv pip sync -q --require-hashes requirements.lock
    .venv/bin/uv pip install -q --no-build-isolation --no-deps -e .
    ;;
system)
    # sipp plays the phones and callers, espeak-ng and sox their voices, chromium (steered by a program that
    # wants libatomic1) the browsers of agents.
    apt_install ca-certificates sip-tester espeak-ng sox chromium libatomic1 postgresql
    ;;
*)
    echo "usage: setup.sh python|system" >&2
    exit 2
    ;;
esac
