"""Where original files are kept, as a deployment says it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from obstore.exceptions import BaseError
from obstore.store import from_url

from adapters.files.folder import FolderFileStore
from adapters.files.objects import ObjectFileStore


class UnusableFilesUrl(ValueError):
    """FILES_URL cannot be opened, or what else its vendor needs is not in the environment."""


def open_files(url: str | None, *, folder: Path, patience: float = 20) -> ObjectFileStore:
    """The store at `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`; without one, the folder.

    Keys, region, account and endpoint come from the vendor's own variables (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL,
    GOOGLE_APPLICATION_CREDENTIALS, AZURE_STORAGE_ACCOUNT_NAME, ...). Nothing connects yet. A store that does not answer
    is asked again for `patience` seconds. Errors: UnusableFilesUrl.
    """
    if url is None:
        return FolderFileStore(folder)
    try:
        return ObjectFileStore(from_url(url, retry_config={"retry_timeout": timedelta(seconds=patience)}))
    except (BaseError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UnusableFilesUrl(f"FILES_URL: {reason}") from None
