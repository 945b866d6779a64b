#!/usr/bin/env bash
# Resolves pyproject.toml into hash-pinned lock files. They hold no download addresses: any package index serves them.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x .venv/bin/uv ] || { python3 -m venv .venv && .venv/bin/pip install -q "$(grep -oE '^uv==[0-9.]+' requirements/bootstrap.lock)"; }
source requirements/index.sh
common=(--quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header "$@")
.venv/bin/uv pip compile "${common[@]}" pyproject.toml -o requirements/run.lock
.venv/bin/uv pip compile "${common[@]}" --extra dev -c requirements/run.lock pyproject.toml -o requirements/dev.lock
