"""What can go wrong, on demand: `Fault`, made by the functions here, and `Faults` that deal them.

A fault is met by calls of one kind: `create`, `poll`, `result` (fal's only), `list`, `upload`,
`download`, `cancel`, `model`, `webhook`.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

Condition = Callable[[Mapping[str, Any]], bool]
"""Of the input of the job a call is about; `{}` where there is none."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong. What is not set goes right."""

    name: str
    status: int | None = None
    """Answered in place of doing what was asked."""
    detail: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    """(field, what is wrong with it), for a 422."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Sent in place of the answer; what was asked is done all the same unless there is a status."""
    kind: str = "application/json"
    """Content type of `body`."""
    delay: float = 0.0
    """Seconds before anything is done."""
    unread: bool = False
    """The connection is reset before the body is read: nothing was asked."""
    lost: bool = False
    """What was asked is done, and the connection is reset in place of an answer."""
    silence: float = 0.0
    """What was asked is done, and no answer comes for so many seconds; then a reset."""
    share: float = 1.0
    """Of the answer's body that is sent before the connection closes."""
    honest: bool = True
    """Whether Content-Length states the whole body's length, however much is sent."""
    error: str | None = None
    """The job fails with this reason."""
    error_type: str = ""
    """fal's name of the reason."""
    code: int = 500
    """fal's status of the result of a job that fails."""
    charged: bool | None = None
    """Whether the failed job is billed; None: as the service does."""
    endless: bool = False
    """The job never ends."""
    word: str = ""
    """Status that the job is said to have from then on."""
    stops: str = ""
    """The job is `canceled` while it runs, or `aborted` before it starts, by the service."""
    shape: str = ""
    """Whether the job's output is a `list` or a `string`, whatever its model gives."""
    repeats: int = 1
    """How often a webhook is delivered."""
    forged: bool = False
    """A webhook's signature is wrong."""


def answers(
    status: int,
    detail: str = "",
    *,
    retry_after: float | None = None,
    fields: Mapping[str, str] | None = None,
) -> Fault:
    """The status, worded as the service words it; nothing is done."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    wrong = tuple((fields or {}).items())
    return Fault(f"answers {status}", status=status, detail=detail, fields=wrong, headers=headers)


def slow(seconds: float) -> Fault:
    """It takes its time, and all goes well."""
    return Fault("slow", delay=seconds)


def reset_unread() -> Fault:
    """The connection is reset before the request's body is read."""
    return Fault("reset before the body is read", unread=True)


def answer_lost() -> Fault:
    """What was asked is done, and the connection reset in place of an answer."""
    return Fault("answer lost", lost=True)


def silent(seconds: float) -> Fault:
    """What was asked is done, and no answer comes for so long."""
    return Fault("silent", silence=seconds)


def truncated(share: float = 0.5) -> Fault:
    """The connection closes after a share of the promised body."""
    return Fault("truncated", share=share)


def lying(share: float = 0.5) -> Fault:
    """Content-Length states a share of the body, and no more is sent: it looks whole."""
    return Fault("lying length", share=share, honest=False)


def sends(body: bytes, kind: str, status: int | None = None) -> Fault:
    """Another body than the right one: wrong bytes, a page, JSON that is none."""
    return Fault("wrong body", body=body, kind=kind, status=status)


PAGE = sends(b"<!doctype html><title>One moment, please</title>", "text/html; charset=utf-8")
NO_VIDEO = sends(bytes(range(256)) * 64, "video/mp4")
NOT_JSON = sends(b'{"id": "abc", "status": ', "application/json")


def fails(error: str, kind: str = "", code: int = 500, charged: bool | None = None) -> Fault:
    """The job is taken and fails later."""
    return Fault("job fails", error=error, error_type=kind, code=code, charged=charged)


REFUSED = Fault(
    "content refused",
    error="The input or output was flagged as sensitive. Please try again with different inputs. "
    "(E005)",
    error_type="content_policy_violation",
    code=422,
)
ABORTED = Fault("aborted before it starts", stops="aborted")
CANCELED = Fault("cancelled while it runs", stops="canceled")
ENDLESS = Fault("job never ends", endless=True)


def says(word: str) -> Fault:
    """The job's status is this word for ever."""
    return Fault(f"status {word}", word=word)


def gives(shape: str) -> Fault:
    """The job's output is a `list` or a `string`."""
    return Fault(f"output as {shape}", shape=shape)


def repeated(times: int) -> Fault:
    """A webhook is delivered so often."""
    return Fault("webhook repeated", repeats=times)


FORGED = Fault("webhook forged", forged=True)

FINE = Fault("none")


@dataclass
class _Rule:
    kind: str
    fault: Fault
    left: float
    skip: int
    when: Condition | None


class Faults:
    """Deals faults to calls: by order, by what the call is about, or by lot."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._storm: tuple[int, float, Mapping[str, Sequence[Fault]]] | None = None
        self._calls: dict[str, int] = {}
        self._lock = threading.Lock()
        self.dealt: list[tuple[str, str]] = []
        """(kind of call, name of the fault), in order."""

    def add(
        self, kind: str, fault: Fault, *, times: float = 1, skip: int = 0,
        when: Condition | None = None,
    ) -> None:  # fmt: skip
        """The next `times` calls of `kind` meet `fault`, after `skip` that do not.

        Raises:
            ValueError: It is to be met before the body is read, and depends on the input.
        """
        if fault.unread and when:
            raise ValueError("what a request asks is not known before its body is read")
        with self._lock:
            self._rules.append(_Rule(kind, fault, times, skip, when))

    def storm(self, seed: int, rate: float, faults: Mapping[str, Sequence[Fault]]) -> None:
        """A share `rate` of the calls meets one of the faults of its kind."""
        self._storm = (seed, rate, faults)

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._rules.clear()
            self._storm = None

    def unread(self, kind: str) -> bool:
        """Whether a call of `kind` is to be reset before it is read."""
        return self._deal(kind, None).unread

    def meet(self, kind: str, about: Mapping[str, Any]) -> Fault:
        """The fault for a call of `kind` about a job with this input."""
        return self._deal(kind, about)

    def _deal(self, kind: str, about: Mapping[str, Any] | None) -> Fault:
        with self._lock:
            for rule in self._rules:
                if rule.kind != kind or rule.left <= 0 or rule.fault.unread != (about is None):
                    continue
                if rule.when and not rule.when(about or {}):
                    continue
                if rule.skip:
                    rule.skip -= 1
                    continue
                rule.left -= 1
                self.dealt.append((kind, rule.fault.name))
                return rule.fault
            return self._drawn(kind) if about is not None else FINE

    def _drawn(self, kind: str) -> Fault:
        if self._storm is None:
            return FINE
        seed, rate, faults = self._storm
        number = self._calls[kind] = self._calls.get(kind, 0) + 1
        lot = Random(f"{seed} {kind} {number}")
        if not faults.get(kind) or lot.random() >= rate:
            return FINE
        fault = lot.choice(faults[kind])
        self.dealt.append((kind, fault.name))
        return fault
