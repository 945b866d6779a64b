"""The command line `studiolo`. Nothing slow is imported before a command needs it."""

from __future__ import annotations

import errno
import sys


def main() -> None:
    """Run the command line; what cannot be done is said in one line each on standard error, with exit status 1."""
    from adapters.development_issuer.key import BrokenKey
    from adapters.embedded.errors import CannotStart
    from entrypoints.cli.app import app
    from entrypoints.settings import InvalidSettings

    try:
        app()
    except InvalidSettings as error:
        faults = error.faults
    except (CannotStart, BrokenKey) as error:
        faults = (str(error),)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        faults = (f"The disk is full: {error.filename or 'nothing more can be written'}.",)
    else:
        return
    for fault in faults:
        print(f"studiolo: {fault}", file=sys.stderr, flush=True)
    sys.exit(1)
