"""Which citations wait since their source was read again, and since when."""

from __future__ import annotations

from datetime import datetime

from adapters.memory.database import Table
from domain.shared import MessageId

CITATIONS_DUE: Table[tuple[MessageId, int], datetime] = Table("citations_due")
"""By message and position in it."""
