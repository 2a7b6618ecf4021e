"""What both services' answers hold: times, progress bars in logs, and the input that was sent."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from songreel.generation.catalogue.offer import FILES, Offer

BEFORE = timedelta(minutes=2)
AFTER = timedelta(minutes=10)
"""Around the moment at which a request was sent: when a service may say that it came. Clocks
differ, and a request waits at most as long as the wire's timeouts."""

_PERCENT = re.compile(r"(\d{1,3})%\s*\|")
"""A progress bar as Python models print it."""


def moment(text: object) -> datetime | None:
    """A time in ISO 8601 (UTC where it names no zone); None if it is none."""
    try:
        found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def stamp(when: datetime) -> str:
    """`when` as the services write times, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock_ahead(response: httpx.Response) -> timedelta:
    """By how much the service's clock is ahead of ours; 0 where it does not say."""
    try:
        return parsedate_to_datetime(response.headers["Date"]) - datetime.now(UTC)
    except (KeyError, ValueError, TypeError):
        return timedelta(0)


def progress(log: str) -> float:
    """How far a model's own log says it is, 0 to 1; 0 where it does not say."""
    found = _PERCENT.findall(log)
    return min(int(found[-1]), 100) / 100 if found else 0.0


def same_input(
    offer: Offer,
    ours: Mapping[str, object],
    theirs: object,
    same_file: Callable[[object, object], bool] = lambda _ours, _theirs: True,
) -> bool:
    """Whether a service's record of an input is that of our request.

    Addresses of files are new with each upload: whether there is one counts, and then what
    `same_file` says of the two. What is in the record and not in ours must be a default that the
    service filled in.
    """
    if not isinstance(theirs, Mapping):
        return False
    files = []
    for name in {*ours, *theirs}:
        given, here, there = offer.inputs.get(name), ours.get(name), theirs.get(name)
        if given is not None and given.role in FILES:
            same = (here is None) == (not there)
            files.append((here, there))
        elif here is None:
            same = there is None or given is None or there == (given.default or there)
        else:
            same = here == there and isinstance(here, bool) == isinstance(there, bool)
        if not same:
            return False
    return all(same_file(here, there) for here, there in files if here is not None)
