"""The way to a Label Studio server, with errors that tell the way out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError

from wordmend.errors import LabelStudioError

TIMEOUT = 30.0  # seconds an answer is waited for
RETRIES = 4  # the SDK waits 1, 2, 4, 8 seconds between them: a restart of the server is survived


@dataclass(frozen=True)
class LabelStudioServer:
    """Where a server is, and the key to it: a legacy token or a personal access token."""

    url: str
    api_key: str | None = field(repr=False)


def connect(server: LabelStudioServer, retries: int = RETRIES, timeout: float = TIMEOUT) -> LabelStudio:
    """A client that the server has accepted.

    Raises:
        LabelStudioError: no key is set, the address is none, nothing answers there, or the key is refused.
    """
    parts = urlsplit(server.url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise LabelStudioError(
            f"label_studio.url is {server.url!r}; give an address such as http://127.0.0.1:8180"
        )
    if not server.api_key:
        raise LabelStudioError(
            f"there is no key to Label Studio at {server.url}: start one with `make label-studio`, or set "
            "LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY (in Label Studio: Account & Settings, access token), "
            "or label_studio.api_key in conf/local/credentials.yml"
        )
    with explained(server, "connect"):
        client = LabelStudio(  # type: ignore[no-untyped-call]
            base_url=server.url.rstrip("/"), api_key=server.api_key, timeout=timeout, max_retries=retries
        )
        client.users.whoami()
    return client


@contextmanager
def explained(server: LabelStudioServer, doing: str) -> Iterator[None]:
    """Turn what goes wrong between here and the server into an error that names server, work and way out."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise LabelStudioError(
            f"{server.url}: no answer in time ({doing}); what was done so far is kept, run it again"
        ) from error
    except httpx.HTTPError as error:
        raise LabelStudioError(
            f"{server.url}: no Label Studio answers there ({doing}: {error}); start one with "
            "`make label-studio`, or set LABEL_STUDIO_URL to where it is"
        ) from error
    except ApiError as error:
        raise LabelStudioError(f"{server.url}: {_reason(error)} ({doing})") from error


def _reason(error: ApiError) -> str:
    said = _short(error.body)
    if error.status_code in (401, 403):
        return (
            f"Label Studio refuses the key ({said}); set LABEL_STUDIO_API_KEY to a token of this server and, "
            "where it is a legacy one, allow these in the settings of its organization"
        )
    if error.status_code == 404:
        return f"Label Studio doesn't know what is asked for ({said}); was the project deleted?"
    if error.status_code is not None and error.status_code >= 500:
        return (
            f"Label Studio failed with status {error.status_code} ({said}) again and again; "
            "what was done so far is kept, run it again when the server is well"
        )
    return f"Label Studio answered with status {error.status_code}: {said}"


def _short(body: Any) -> str:
    if isinstance(body, dict) and "detail" in body:
        body = body["detail"]
    text = " ".join(str(body).split())
    return text if len(text) <= 200 else f"{text[:200]}..."
