#!/usr/bin/env bash
# Makes .venv what the lock says: on a bare machine everything, a second time nothing. Safe to run twice at once.
# STUDIOLO_PYTHON names the interpreter (3.11) when neither `python3.11` nor `python3` is one.
set -euo pipefail
cd "$(dirname "$0")/.."

log=.venv/setup.log
done=.venv/.studiolo-setup

fail() { echo "setup: $*" >&2; exit 1; }

# What the tools print is for the day on which one fails: it goes to the log, and its last word into our one line.
quietly() { "$@" >> "$log" 2>&1; }

cannot_install() {
  local reason
  reason=$(sed -nE "s/.*\[(Errno [-0-9]+|SSL: [A-Z_]+)\] ([^']*).*/\2/p" "$log" | tail -n 1)
  [ -n "$reason" ] || reason=$(sed -nE 's/^ *(cause|error|ERROR): (.*)/\2/p' "$log" | tail -n 1)
  fail "$1 could not be installed${reason:+ ($reason)}: is a package index reachable? PIP_INDEX_URL names another; see $log"
}

fingerprint() {
  { cat requirements/bootstrap.lock requirements/dev.lock pyproject.toml requirements/setup.sh; pwd -P; } | sha256sum
}

is_done() {
  [ -x .venv/bin/studiolo ] && [ "$(cat "$done" 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c ""
}

# Debian splits venv off its Python: where we are root we may add it, else we can only say so.
apt_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 && return
  apt-get update -qq >/dev/null 2>&1 && apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

find_python() {
  local each
  for each in ${STUDIOLO_PYTHON:+"$STUDIOLO_PYTHON"} python3.11 python3 /usr/bin/python3; do
    if "$each" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
      command -v "$each"
      return
    fi
  done
  return 1
}

make_venv() {
  local python
  python=$(find_python) || { apt_install python3 && python=$(find_python); } \
    || fail "Python 3.11 is needed; install it, or name it: STUDIOLO_PYTHON=/path/to/python3.11"
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    apt_install python3-venv && "$python" -c 'import ensurepip, venv' 2>/dev/null \
      || fail "this Python lacks venv; it comes with apt-get install python3-venv, which needs root and a reachable archive"
  fi
  rm -rf .venv
  local told
  told=$("$python" -m venv .venv 2>&1) || fail "the virtual environment could not be made in $(pwd): $(tail -n 1 <<< "$told")"
}

install_all() {
  : > "$log"
  quietly .venv/bin/pip install -q --disable-pip-version-check -r requirements/bootstrap.lock || cannot_install uv
  source requirements/index.sh
  export UV_LINK_MODE=${UV_LINK_MODE:-copy}
  rm -f "$done"
  quietly .venv/bin/uv pip sync --quiet --require-hashes --compile-bytecode requirements/dev.lock || install_with_pip \
    || cannot_install "what requirements/dev.lock names"
  quietly .venv/bin/uv pip install --quiet --offline --no-build-isolation --no-deps -e . \
    || fail "the project itself could not be installed; see $log"
}

# It got us uv, so it knows a way to an index: settings that only pip has (a proxy, a second index) are in it.
install_with_pip() {
  echo "setup: trying the same with pip, which takes longer" >&2
  quietly .venv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
}

wanted=$(fingerprint)
is_done && exit 0
exec 9<requirements/dev.lock
flock 9
is_done && exit 0
echo "setup: making .venv ready (once, about half a minute)" >&2
# One that was killed while it was filled has packages that look whole and are not: it is made anew.
{ [ -f "$done" ] && .venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' && [ -x .venv/bin/pip ]; } \
  2>/dev/null || make_venv
install_all
echo "$wanted" > "$done"
