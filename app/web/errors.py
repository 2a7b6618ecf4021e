"""What a request that cannot be met is told: `Problem`, `Refused`, and how errors become both."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from songreel.editing import Stale
from songreel.holding import Busy
from songreel.models.document import Frozen
from songreel.models.errors import (
    BudgetExceeded,
    InvalidInput,
    MachineError,
    ProviderError,
    SongreelError,
)
from songreel.replacing import Changed
from songreel.web.safety.safety import Safety

log = logging.getLogger("songreel.web")


class Problem(Frozen):
    """Why a request was not met."""

    error: str
    """One sentence: what, which value, and the way out."""
    where: str | None = None
    """The field or parameter that it is about, `body.edits[0].at`."""


class Refused(SongreelError):
    """A request that is not met, and the status that says so.

    Args:
        status: Of HTTP.
        text: One sentence.
        where: The field it is about.
        headers: To answer with.
    """

    def __init__(
        self,
        status: int,
        text: str,
        where: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(text)
        self.status, self.where, self.headers = status, where, headers


USUAL = {
    400: "The request itself cannot be read.",
    401: "The token is missing or wrong.",
    402: "It would pass a limit of what may be spent; nothing was bought.",
    403: "It comes from a page of elsewhere, or asks for another host.",
    404: "There is no such thing.",
    405: "The address does not know the method.",
    409: "Somebody else has changed it meanwhile, or is at work on it.",
    413: "It is larger than is taken.",
    415: "Its content is not of a kind that is taken here.",
    422: "A value cannot be used; the sentence says which and why.",
    429: "Too many wrong tokens; wait.",
    502: "A service that was asked did not answer.",
    503: "The machine cannot do it now: a disk is full, a library is missing.",
}
"""Answers that every route may give."""
CONTENT: dict[str, Any] = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def describe(described: dict[str, Any]) -> None:
    """Add to a description (OpenAPI) how every route says that it does not meet a request."""
    schemas = described.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for methods in described["paths"].values():
        for operation in methods.values():
            answers = operation["responses"]
            for status, text in USUAL.items():
                answers[str(status)] = {"description": text, "content": CONTENT}


def status_of(error: SongreelError) -> int:
    """The status that says what kind of error it is."""
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, Busy | Changed | Stale):
        return 409
    known = {BudgetExceeded: 402, InvalidInput: 422, ProviderError: 502, MachineError: 503}
    return next((status for kind, status in known.items() if isinstance(error, kind)), 500)


def add_to(app: FastAPI, safety: Safety) -> None:
    """Have every error of `app` end in one form."""

    def told(
        status: int, text: str, where: str | None = None, headers: dict[str, str] | None = None
    ) -> JSONResponse:
        sentence = plain(safety.veil(text))
        problem = Problem(error=sentence, where=None if where is None else plain(where))
        return JSONResponse(problem.model_dump(exclude_none=True), status, headers)

    async def of_songreel(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, SongreelError)
        refused = error if isinstance(error, Refused) else None
        return told(
            status_of(error),
            str(error),
            refused.where if refused else None,
            refused.headers if refused else None,
        )

    async def of_values(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        text, where = sentence_of(error)
        return told(422, text, where)

    async def of_http(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        headers = dict(error.headers) if error.headers else None
        return told(error.status_code, _spoken(error), None, headers)

    async def of_bugs(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return told(500, "songreel has failed at this, which is a bug; its log says where")

    app.add_exception_handler(SongreelError, of_songreel)
    app.add_exception_handler(RequestValidationError, of_values)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(Exception, of_bugs)


def sentence_of(error: RequestValidationError) -> tuple[str, str]:
    """The first thing that does not hold, in words, and where it is."""
    first = error.errors()[0]
    where = ""
    for part in first["loc"]:
        where += f"[{part}]" if isinstance(part, int) else f".{part}" if where else str(part)
    if first["type"] == "json_invalid":
        return "the body is not JSON", "body"
    reason = str(first["msg"]).removeprefix("Value error, ")
    given = first.get("input")
    shown = f" (given {given!r})"[:120] if isinstance(given, str | int | float) else ""
    return f"{where}: {reason[:1].lower()}{reason[1:]}{shown}", where


def plain(text: str) -> str:
    """`text` as it can be sent: lone surrogates are no characters, and nobody reads 10 kB."""
    return text.encode("utf-8", "replace").decode()[:2000]


def _spoken(error: HTTPException) -> str:
    match error.status_code:
        case 404:
            return "there is nothing at this address"
        case 405:
            return "this address does not know the method"
    return str(error.detail)
