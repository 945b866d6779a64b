"""Ports and shapes that every context uses."""

from application.shared.paging import DEFAULT_PAGE, LARGEST_PAGE, Page, Position, SortKey, Window, page_of
from application.shared.ports import Clock, Dependency, JobQueue, NewId, Transaction

__all__ = [
    "DEFAULT_PAGE",
    "LARGEST_PAGE",
    "Clock",
    "Dependency",
    "JobQueue",
    "NewId",
    "Page",
    "Position",
    "SortKey",
    "Transaction",
    "Window",
    "page_of",
]
