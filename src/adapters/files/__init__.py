"""Original files, kept in a folder."""

from adapters.files.folder import FilesUnavailable, FolderFileStore, UnsafeKey

__all__ = ["FilesUnavailable", "FolderFileStore", "UnsafeKey"]
