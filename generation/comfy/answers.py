"""Answers of a server that are none, and none at all: what is wrong, in one sentence."""

import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from songreel.generation.hosted.trouble import shortened
from songreel.models.errors import ProviderError

PROVIDER = "comfyui"

_PLAIN = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")
"""What OpenSSL says of a server that speaks plain HTTP."""

_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""What httpx raises before the first byte of a request goes out."""


class Refused(ProviderError):
    """The server took the workflow apart and does not run it; `body` has its reasons."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        super().__init__("the workflow is refused", provider=PROVIDER)
        self.body = body


def foreign(url: str, why: str = "") -> ProviderError:
    """That whoever answers at `url` is no ComfyUI."""
    return ProviderError(
        f"{url} does not answer as ComfyUI does{why}; is that its address?",
        provider=PROVIDER,
        down=True,
    )


def refused(
    url: str, header: str, reply: httpx.Response, found: object, *, runs: bool
) -> ProviderError:
    """The error behind an answer that is no success.

    Args:
        url: Of the server.
        header: Under which a key would be sent.
        reply: Read.
        found: Its JSON; None if it is none.
        runs: Whether the request would have had a workflow run: trouble may have come after that.
    """
    status = reply.status_code
    if status == 400 and isinstance(found, Mapping) and "error" in found:
        return Refused(found)
    if status in (401, 403):
        return ProviderError(
            f"{url} lets nobody in without a key ({status}): set SONGREEL_COMFYUI_AUTH to the "
            f'value of its header {header} (such as `Bearer …`), or write it as comfyui = "…" '
            "into keys.toml",
            provider=PROVIDER,
            down=True,
        )
    if 300 <= status < 400:
        return ProviderError(
            f"{url} points to another address ({status}); write that one as its url",
            provider=PROVIDER,
            down=True,
        )
    if status == 404:
        return foreign(url, " (404)")
    if status == 413:
        return ProviderError(
            f"{url} takes no upload of this size (413); start ComfyUI with a larger "
            "--max-upload-size",
            provider=PROVIDER,
        )
    busy = status >= 500 or status in (408, 425, 429)
    page = "html" in reply.headers.get("Content-Type", "")
    said = "" if page or not reply.text.strip() else f": {shortened(reply.text)}"
    return ProviderError(
        f"{url} is in trouble ({status}{said})",
        provider=PROVIDER,
        retryable=busy,
        ambiguous=busy and runs,
    )


def unanswered(url: str, error: Exception, *, runs: bool) -> ProviderError:
    """The error behind a request that got no whole answer."""
    cause: BaseException | None = error
    while cause is not None:
        if any(sign in str(cause) for sign in _PLAIN):
            return ProviderError(
                f"{url} does not speak https; write http:// before its address",
                provider=PROVIDER,
                down=True,
            )
        if isinstance(cause, ssl.SSLError):
            return ProviderError(
                f"{url} cannot be trusted ({shortened(str(error))}): name its certificate in "
                "SSL_CERT_FILE, or use http:// where the server speaks that",
                provider=PROVIDER,
                down=True,
            )
        cause = cause.__cause__ or cause.__context__
    sent = not isinstance(error, _UNSENT)
    if isinstance(error, httpx.TimeoutException):
        reason = "did not answer in time" if sent else "cannot be reached in time"
    else:
        reason = "broke off the connection" if sent else "cannot be reached"
    words = shortened(str(error)) or type(error).__name__
    return ProviderError(
        f"{url} {reason} ({words}); is ComfyUI running there?",
        provider=PROVIDER,
        retryable=True,
        ambiguous=runs and sent,
        down=True,
    )
