"""Original files, kept in a folder."""

from adapters.files.folder import FilesUnavailable, FolderFileStore, UnsafeKey
from adapters.files.personal import StoredPersonalFiles

__all__ = ["FilesUnavailable", "FolderFileStore", "StoredPersonalFiles", "UnsafeKey"]
