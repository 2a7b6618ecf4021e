"""What went wrong at a service, in one sentence, and whether asking again can buy twice."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpx

from songreel.models.errors import ProviderError

_LONGEST = 300
"""Characters of a service's own words that an error repeats."""

_RESETS = re.compile(r"(?:resets?|retry|again)\s+(?:in|after)\s+~?\s*(\d+(?:\.\d+)?)\s*s", re.I)

_CONTENT = re.compile(
    r"\bE005\b|flagged|sensitive content|content[ _]polic|\bnsfw\b|moderation|"
    r"safety (?:filter|system|checker|guideline)|usage (?:guideline|polic)|responsible ai",
    re.I,
)
"""By which words Replicate's models say that they refuse the content. `E005` is Replicate's own
code ("The input or output was flagged as sensitive"); the makers of the models use their own."""

REFUSING = frozenset({"content_policy_violation"})
"""Error types of fal that mean the content (fal's model error page, read 2026-08-02)."""

_WAYS_OUT = {
    "replicate": {
        401: "does not accept the key; make a new one at "
        "https://replicate.com/account/api-tokens and set REPLICATE_API_TOKEN",
        402: "wants credit first; add some at https://replicate.com/account/billing",
        403: "forbids it to this key; see https://replicate.com/account/billing and "
        "https://replicate.com/account/api-tokens",
    },
    "fal": {
        401: "does not accept the key; make a new one at https://fal.ai/dashboard/keys "
        "and set FAL_KEY",
        402: "wants credit first; add some at https://fal.ai/dashboard/billing",
        403: "forbids it to this key: the balance is used up or the key may not do this; see "
        "https://fal.ai/dashboard/billing and https://fal.ai/dashboard/keys",
    },
}


class Told(NamedTuple):
    """What an error's body says."""

    text: str
    """In the service's words, fields named; empty where it says nothing that can be read."""
    types: frozenset[str] = frozenset()
    """Its machine-readable types, which are what decides."""


def told(response: httpx.Response) -> Told:
    """Read an error's body, whichever of the services' forms it has.

    Replicate: `{title, detail, status, invalid_fields: [{field, description}]}` (RFC 7807); fal:
    `{detail: [{loc, msg, type}]}` of a model, `{detail: "…", error_type}` of the queue.
    """
    try:
        body = response.json()
    except ValueError:
        return Told("")
    if not isinstance(body, Mapping):
        return Told("")
    types = {str(body["error_type"])} if body.get("error_type") else set()
    said: list[str] = []
    for item in _list(body.get("detail")):
        if isinstance(item, Mapping):
            place = ".".join(str(part) for part in _list(item.get("loc")) if part != "body")
            said.append(f"{place}: {item.get('msg', '')}" if place else str(item.get("msg", "")))
            types |= {str(item["type"])} if item.get("type") else set()
        else:
            said.append(str(item))
    wrong = [item for item in _list(body.get("invalid_fields")) if isinstance(item, Mapping)]
    if wrong:  # the same as in `detail`, which has them as one text
        said = [f"{item.get('field', '')}: {item.get('description', '')}" for item in wrong]
    if not said:
        said = [str(body[key]) for key in ("title", "error", "message") if body.get(key)][:1]
    return Told(shortened("; ".join(filter(None, said))), frozenset(types))


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def shortened(text: str) -> str:
    """The start of a service's words, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def is_refusal(text: str) -> bool:
    """Whether a model's error text says that the content is refused."""
    return _CONTENT.search(text) is not None


def answered(service: str, response: httpx.Response, *, buys: bool) -> ProviderError:
    """The error behind an answer that is no success.

    Args:
        service: `replicate` or `fal`.
        response: Read.
        buys: Whether the request would have bought something: a server error may then have come
            after the purchase, so that the request must not be repeated unasked.
    """
    status, said = response.status_code, told(response)
    words = f": {said.text}" if said.text else ""
    if status in (401, 402, 403):
        way_out = _WAYS_OUT[service][status]
        return ProviderError(f"{service} {way_out} ({status}{words})", provider=service, down=True)
    if status == 429:
        return ProviderError(
            f"{service} wants fewer requests at a time (429{words})",
            provider=service,
            retryable=True,
            retry_after=retry_after(response, said.text),
        )
    if status >= 500 or status in (408, 425):
        return ProviderError(
            f"{service} is in trouble ({status}{words})"
            + ("; whether it has taken the request is not known" if buys else ""),
            provider=service,
            retryable=not buys,
            ambiguous=buys,
            retry_after=retry_after(response, said.text),
        )
    if 300 <= status < 400:
        return ProviderError(
            f"{service} points to another address ({status}), and keys do not go there; check "
            "the base URLs in the environment",
            provider=service,
        )
    if said.types & REFUSING or (service == "replicate" and is_refusal(said.text)):
        return ProviderError(
            f"{service} refuses this content ({status}{words})", provider=service, refused=True
        )
    what = "does not know what was asked for" if status == 404 else "refused the request"
    return ProviderError(f"{service} {what} ({status}{words})", provider=service)


def unanswered(service: str, error: Exception, *, sent: bool, buys: bool) -> ProviderError:
    """The error behind a request that got no whole answer.

    Args:
        service: `replicate` or `fal`.
        error: httpx's.
        sent: Whether all of the request may have reached the service.
        buys: Whether the request would have bought something.
    """
    if isinstance(error, httpx.TimeoutException):
        reason = "did not answer in time" if sent else "could not be reached in time"
    else:
        reason = "broke off the connection" if sent else "cannot be reached"
    words = shortened(str(error)) or type(error).__name__
    if buys and sent:
        text = f"{service} {reason} ({words}); whether it has taken the request is not known"
        return ProviderError(text, provider=service, ambiguous=True)
    text = f"{service} {reason} ({words}); check the network"
    return ProviderError(text, provider=service, retryable=True)


def retry_after(response: httpx.Response, text: str = "") -> float | None:
    """Seconds after which the service wants to be asked again, from its header or its words.

    The header holds seconds or a date (RFC 9110, 10.2.3); Replicate's body says "Your rate limit
    resets in ~30s." where there is no header.
    """
    header = response.headers.get("Retry-After", "").strip()
    if header:
        try:
            seconds = float(header)
        except ValueError:
            seconds = _until(header)
        if 0 <= seconds < 86_400:
            return seconds
    if found := _RESETS.search(text):
        return float(found[1])
    return None


def _until(date: str) -> float:
    """Seconds from now to an HTTP date, at least 0; −1 if it is none."""
    try:
        when = parsedate_to_datetime(date)
    except ValueError:
        return -1.0
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max((when - datetime.now(UTC)).total_seconds(), 0.0)
