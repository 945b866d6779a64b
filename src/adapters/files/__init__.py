"""Original files, kept in a folder or in an object store."""

from adapters.files.folder import FolderFileStore
from adapters.files.keys import UnsafeKey
from adapters.files.objects import FilesUnavailable, ObjectFileStore
from adapters.files.opening import UnusableFilesUrl, open_files
from adapters.files.personal import StoredPersonalFiles

__all__ = [
    "FilesUnavailable",
    "FolderFileStore",
    "ObjectFileStore",
    "StoredPersonalFiles",
    "UnsafeKey",
    "UnusableFilesUrl",
    "open_files",
]
