#!/usr/bin/env bash
# Makes the environment of one kind of peers (reading, words, vectors), apart from ours, and prints its Python. A second
# time: at once. `environment.sh KIND lock` resolves KIND.in into the hash-pinned KIND.lock first, which holds no download
# addresses.
set -euo pipefail
cd "$(dirname "$0")/../.."
kind=$1
lock=benchmarks/peers/$kind.lock
home=.venv/peers-$kind
if [ "${2:-}" = lock ]; then
  source requirements/index.sh
  common=(--quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header "${@:3}")
  .venv/bin/uv pip compile "${common[@]}" "benchmarks/peers/$kind.in" -o "$lock"
fi
if ! cmp -s "$lock" "$home/requirements.lock"; then
  source requirements/index.sh
  export UV_LINK_MODE=${UV_LINK_MODE:-copy}
  .venv/bin/uv venv --quiet --clear --python .venv/bin/python "$home"
  .venv/bin/uv pip sync --quiet --require-hashes --python "$home/bin/python" "$lock"
  cp "$lock" "$home/requirements.lock"
fi
echo "$PWD/$home/bin/python"
