"""A studio asked from Python, on this machine or another: `Client`.

from songreel.client import Client

with Client("http://127.0.0.1:8110") as studio:
    project = studio.create(studio.upload("song.flac"), title="Night Drive")
    job = studio.run({"kind": "make", "project": project.id}, progress=print)
    studio.download(project.id, "film", "night drive.mp4")
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter

from songreel.models.board import Board
from songreel.models.edits import PlanEdit
from songreel.models.errors import BudgetExceeded, InvalidInput, MachineError, SongreelError
from songreel.models.files import whole
from songreel.models.progress import Progress, silent
from songreel.models.queued import ENDED, JobEvent, QueuedJob
from songreel.models.storyboard import Storyboard
from songreel.models.work import Work
from songreel.models.work_quote import WorkQuote
from songreel.models.workspace import AssetEntry, ProjectEntry

AGAIN = 1.0
"""Seconds before a stream that broke is asked for again."""
TRIES = 30
"""Times in a row that it is."""
_PAGE = 500
"""Projects in one answer."""
_BLOCK = 2**20
_EDITS: TypeAdapter[list[PlanEdit]] = TypeAdapter(list[PlanEdit])


class Client:
    """One studio.

    Args:
        url: Where it is, `http://127.0.0.1:8110`.
        token: Where it asks for one.
        timeout: Seconds for one answer; uploads and downloads are given longer.
        transport: For tests.

    Raises:
        InvalidInput: From every method: the studio refuses what was asked; the text is its own.
        MachineError: From every method: nobody answers there, or the studio's machine cannot.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8110",
        token: str | None = None,
        *,
        timeout: float = 120.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(
            base_url=url.rstrip("/") + "/api/",
            headers=headers,
            timeout=httpx.Timeout(timeout, connect=10.0),
            transport=transport,
            # Nobody but the studio is to see the token.
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def upload(self, file: str | Path) -> AssetEntry:
        """Send a song, a film, a photo or words; never whole in memory."""
        path = Path(file)
        try:
            size, opened = path.stat().st_size, path.open("rb")
        except OSError as error:
            raise InvalidInput(f"cannot read {path}: {error.strerror or error}") from error
        with opened:
            reply = self._ask(
                "POST", "uploads", params={"name": path.name},
                content=iter(lambda: opened.read(_BLOCK), b""),
                headers={"content-type": "application/octet-stream", "content-length": str(size)},
            )  # fmt: skip
        return AssetEntry.model_validate_json(reply.content)

    def projects(self) -> tuple[ProjectEntry, ...]:
        """All projects, the one that was worked on last first."""
        found: dict[str, ProjectEntry] = {}
        page = self._projects()
        while page:
            found |= {one.id: one for one in page}
            page = self._projects(page[-1].id) if len(page) == _PAGE else ()
        if len(found) >= _PAGE:  # one that somebody opened meanwhile has moved before the first
            first = {one.id: one for one in self._projects()}
            found = first | {known: one for known, one in found.items() if known not in first}
        return tuple(found.values())

    def _projects(self, after: str | None = None) -> tuple[ProjectEntry, ...]:
        where = {"limit": str(_PAGE)} | ({"after": after} if after is not None else {})
        reply = self._ask("GET", "projects", params=where)
        return tuple(ProjectEntry.model_validate(one) for one in reply.json())

    def create(self, song: AssetEntry | str, title: str | None = None) -> ProjectEntry:
        """Make a project of a song that was uploaded."""
        sha256 = song if isinstance(song, str) else song.sha256
        reply = self._ask("POST", "projects", json={"song": sha256, "title": title})
        return ProjectEntry.model_validate_json(reply.content)

    def board(self, project: str) -> Board:
        """What a timeline shows of a project."""
        return Board.model_validate_json(self._ask("GET", f"projects/{project}/board").content)

    def plan(self, project: str) -> Storyboard:
        """The plan of a project."""
        return Storyboard.from_json(self._ask("GET", f"projects/{project}/plan").text, "the plan")

    def edit(self, project: str, edits: Sequence[PlanEdit], revision: str | None = None) -> Board:
        """Change a project's plan by hand; the board afterwards.

        Args:
            project: Its id.
            edits: Made together, or not at all.
            revision: Of the board on which they were made; None: whatever there is.
        """
        body = {"edits": _EDITS.dump_python(list(edits), mode="json"), "revision": revision}
        reply = self._ask("POST", f"projects/{project}/edits", json=body)
        return Board.model_validate_json(reply.content)

    def quote(self, project: str) -> Mapping[str, Any]:
        """What the clips that a project lacks will cost: `total_usd`, `clips`, `lines`."""
        found: dict[str, Any] = self._ask("GET", f"projects/{project}/quote").json()
        return found

    def quote_work(self, work: Work | Mapping[str, Any]) -> WorkQuote:
        """What work would cost, before it is asked for; `most` is what to agree to."""
        body = work if isinstance(work, Mapping) else work.model_dump(mode="json")
        return WorkQuote.model_validate_json(self._ask("POST", "quote", json=body).content)

    def submit(self, work: Work | Mapping[str, Any]) -> QueuedJob:
        """Have work done; it waits for its turn."""
        body = work if isinstance(work, Mapping) else work.model_dump(mode="json")
        return QueuedJob.model_validate_json(self._ask("POST", "jobs", json=body).content)

    def job(self, job: str) -> QueuedJob:
        """Where a job stands."""
        return QueuedJob.model_validate_json(self._ask("GET", f"jobs/{job}").content)

    def cancel(self, job: str) -> QueuedJob:
        """Have a job stop for good; what was made of it stays."""
        return QueuedJob.model_validate_json(self._ask("POST", f"jobs/{job}/cancel").content)

    def run(self, work: Work | Mapping[str, Any], *, progress: Progress = silent) -> QueuedJob:
        """Have work done, and wait for it.

        Args:
            work: What.
            progress: Told what is being done.

        Returns:
            The job, done.

        Raises:
            InvalidInput: It failed or was cancelled; the text says why.
        """
        return self.wait(self.submit(work).id, progress=progress)

    def wait(self, job: str, *, progress: Progress = silent) -> QueuedJob:
        """Wait for a job; errors as of `run`. A connection that breaks is made again."""
        for event in self.events(job=job):
            if event.kind == "progress":
                doing, done = event.data.get("doing", ""), event.data.get("progress", 0.0)
                progress(str(doing), float(done) if isinstance(done, int | float) else 0.0)
            elif event.kind == "state" and event.data.get("state") in ENDED:
                ended = self.job(job)  # an end that is past may have been followed by another try
                if ended.state == "done":
                    return ended
                if ended.state in ENDED:
                    why = ended.error or f"the job was {ended.state} ({ended.work.kind}, {job})"
                    raise InvalidInput(why)
        raise AssertionError("events never end")

    def events(
        self, *, after: int = 0, job: str | None = None, project: str | None = None
    ) -> Iterator[JobEvent]:
        """What happens to jobs, from the event `after` on and as it happens, without end.

        Where the connection breaks it goes on behind the last event that came.
        """
        failures = 0
        asked = {"job": job, "project": project}
        while True:
            params = {name: value for name, value in asked.items() if value is not None}
            try:
                with self._stream("GET", "events", params={**params, "after": after}) as reply:
                    for event in _events(reply.iter_lines()):
                        failures = 0
                        after = event.id
                        yield event
            except MachineError:
                failures += 1
                if failures >= TRIES:
                    raise
            time.sleep(AGAIN)

    def download(
        self, project: str, key: str, to: str | Path, *, progress: Progress = silent
    ) -> Path:
        """Fetch a file of a project: `film`, `song`, `report`, `take-SHOT-NAME` and such.

        Args:
            project: Its id.
            key: As `media` lists it.
            to: A file that does not exist yet, or a folder, where it goes by its own name.
            progress: Told how much is there.

        Raises:
            InvalidInput: There is no such file, or `to` exists.
        """
        target = Path(to)
        if target.is_dir():
            target /= next((row["name"] for row in self.media(project) if row["key"] == key), key)
        if target.exists():
            raise InvalidInput(f"{target} exists; choose another name")
        where = f"projects/{project}/media/{quote(key, safe='')}"
        with self._stream("GET", where) as reply, whole(target) as partial:
            size = int(reply.headers.get("content-length", 0))
            came = 0
            with partial.open("wb") as file:
                for block in reply.iter_bytes(_BLOCK):
                    came += file.write(block)
                    progress(f"fetching {target.name}", came / size if size else 0.0)
            if size and came != size:
                raise MachineError(f"{target.name} broke off after {came} of {size} bytes")
        return target

    def media(self, project: str) -> Sequence[Mapping[str, Any]]:
        """The files of a project that can be fetched: `key`, `name`, `media_type`, `size`."""
        found: list[dict[str, Any]] = self._ask("GET", f"projects/{project}/media").json()
        return found

    def _ask(self, method: str, where: str, **more: Any) -> httpx.Response:
        try:
            reply = self._http.request(method, where, **more)
        except httpx.HTTPError as error:
            raise self._silence(error) from error
        if not reply.is_success:
            raise _refusal(reply)
        return reply

    @contextmanager
    def _stream(self, method: str, where: str, **more: Any) -> Iterator[httpx.Response]:
        try:
            with self._http.stream(method, where, **more) as reply:
                if not reply.is_success:
                    reply.read()
                    raise _refusal(reply)
                yield reply
        except httpx.HTTPError as error:
            raise self._silence(error) from error

    def _silence(self, error: httpx.HTTPError) -> MachineError:
        place = str(self._http.base_url).removesuffix("/api/")
        return MachineError(
            f"the studio at {place} does not answer ({error or type(error).__name__}); "
            "`songreel studio` opens one"
        )


def _events(lines: Iterator[str]) -> Iterator[JobEvent]:
    """Events of a stream, as the HTML standard has them (section 9.2.6)."""
    data: list[str] = []
    for line in lines:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            yield JobEvent.model_validate_json("\n".join(data))
            data = []


def _refusal(reply: httpx.Response) -> SongreelError:
    """An answer that is none, as the error that it stands for."""
    try:
        told = reply.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        told = None
    text = told.get("error") if isinstance(told, dict) else None
    said = str(text) if text else f"the studio answers {reply.status_code}, and not why"
    if reply.status_code == 401:
        said += "; give it as Client(url, token=…)"
    if reply.status_code == 402:
        return BudgetExceeded(said)
    return MachineError(said) if reply.status_code >= 500 else InvalidInput(said)
