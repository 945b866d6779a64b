#!/usr/bin/env bash
# Runs a command against a stack of its own, with a data folder and a port that nobody else has, and takes both down.
# The exit status is the command's. The address is in STUDIOLO_URL; `studiolo token` and `demo` find the rest themselves.
set -euo pipefail
cd "$(dirname "$0")/.."

export STUDIOLO_DATA_DIR STUDIOLO_PORT STUDIOLO_URL
STUDIOLO_DATA_DIR=$(mktemp -d)
STUDIOLO_PORT=$(.venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
STUDIOLO_URL=http://127.0.0.1:$STUDIOLO_PORT/graphql
told=$STUDIOLO_DATA_DIR/told
studiolo=$PWD/.venv/bin/studiolo
# From another folder, and without these: neither `.env` nor the environment may lead it to somebody's own servers.
(cd "$STUDIOLO_DATA_DIR" && exec env -u DATABASE_URL -u DIRECT_URL -u REDIS_URL "$studiolo" up) > "$told" 2>&1 &
stack=$!
take_down() {
  kill "$stack" 2>/dev/null && wait "$stack" || true
  rm -rf "$STUDIOLO_DATA_DIR"
}
trap take_down EXIT
until grep -q '^Authorization: ' "$told"; do
  if ! kill -0 "$stack" 2>/dev/null; then
    cat "$told" >&2
    exit 1
  fi
  sleep 0.1
done
"$@"
