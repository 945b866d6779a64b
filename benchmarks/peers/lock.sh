#!/usr/bin/env bash
# Resolves requirements.in into a hash-pinned lock file. It holds no download addresses: any package index serves it.
set -euo pipefail
cd "$(dirname "$0")/../.."
source requirements/index.sh
common=(--quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header "$@")
.venv/bin/uv pip compile "${common[@]}" benchmarks/peers/requirements.in -o benchmarks/peers/requirements.lock
