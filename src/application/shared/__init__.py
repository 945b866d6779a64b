"""Ports and shapes that every context uses."""

from application.shared.fire_due_jobs import FireDueJobs, Scheduled
from application.shared.paging import DEFAULT_PAGE, LARGEST_PAGE, Page, Position, SortKey, Window, page_of
from application.shared.ports import Clock, Dependency, JobQueue, NewId, Ticks, Transaction

__all__ = [
    "DEFAULT_PAGE",
    "LARGEST_PAGE",
    "Clock",
    "Dependency",
    "FireDueJobs",
    "JobQueue",
    "NewId",
    "Page",
    "Position",
    "Scheduled",
    "SortKey",
    "Ticks",
    "Transaction",
    "Window",
    "page_of",
]
