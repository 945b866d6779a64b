#!/usr/bin/env bash
# Makes the environment of the vector stores that we compare with, apart from ours. Prints its Python. A second time: at
# once. With `lock` it resolves vectors.in into the hash-pinned lock file first, which holds no download addresses.
set -euo pipefail
cd "$(dirname "$0")/../.."
lock=benchmarks/peers/vectors.lock
home=.venv/peers-vectors
if [ "${1:-}" = lock ]; then
  shift
  source requirements/index.sh
  common=(--quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header "$@")
  .venv/bin/uv pip compile "${common[@]}" benchmarks/peers/vectors.in -o "$lock"
fi
if ! cmp -s "$lock" "$home/requirements.lock"; then
  source requirements/index.sh
  export UV_LINK_MODE=${UV_LINK_MODE:-copy}
  .venv/bin/uv venv --quiet --clear --python .venv/bin/python "$home"
  .venv/bin/uv pip sync --quiet --require-hashes --python "$home/bin/python" "$lock"
  cp "$lock" "$home/requirements.lock"
fi
echo "$PWD/$home/bin/python"
