#!/usr/bin/env bash
# Makes the environment of the pipeline that we compare with, apart from ours. Prints its Python. A second time: at once.
set -euo pipefail
cd "$(dirname "$0")/../.."
lock=benchmarks/peers/requirements.lock
home=.venv/peers
if ! cmp -s "$lock" "$home/requirements.lock"; then
  source requirements/index.sh
  export UV_LINK_MODE=${UV_LINK_MODE:-copy}
  .venv/bin/uv venv --quiet --clear --python .venv/bin/python "$home"
  .venv/bin/uv pip sync --quiet --require-hashes --python "$home/bin/python" "$lock"
  cp "$lock" "$home/requirements.lock"
fi
echo "$PWD/$home/bin/python"
