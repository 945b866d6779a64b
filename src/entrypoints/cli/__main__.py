"""`python -m entrypoints.cli`: how the supervisor starts its own commands as children."""

from entrypoints.cli import main

main()
