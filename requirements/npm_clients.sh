#!/usr/bin/env bash
# Makes tests/clients/node_modules what its lock says, where Node is: the first time some seconds, a second time nothing.
# Without Node, or without a registry, the tests that need them say so and are skipped.
set -euo pipefail
cd "$(dirname "$0")/../tests/clients"

done=node_modules/.studiolo-setup
command -v node >/dev/null && command -v npm >/dev/null || exit 0
wanted=$(cat package.json package-lock.json | sha256sum)
[ "$(cat "$done" 2>/dev/null)" = "$wanted" ] && exit 0
exec 9<package-lock.json
flock 9
[ "$(cat "$done" 2>/dev/null)" = "$wanted" ] && exit 0
if told=$(npm ci --no-audit --no-fund --loglevel=error 2>&1); then
  echo "$wanted" > "$done"
else
  echo "setup: the npm clients are not installed, their tests will be skipped: $(tail -n 1 <<< "$told")" >&2
fi
