"""Where the programs that we compare with run: in environments of their own, made on first use."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Literal

_PEERS = Path(__file__).with_name("peers")


def peer_command(kind: Literal["reading", "words", "vectors"]) -> list[str]:
    """What starts these peers. Their packages come from the package index. Errors: CalledProcessError, OSError."""
    script = ["bash", str(_PEERS / "environment.sh"), kind]
    made = subprocess.run(script, check=True, stdout=subprocess.PIPE, text=True)
    return [made.stdout.strip(), "-I", str(_PEERS / f"{kind}.py")]
