"""One ComfyUI server, asked over HTTP: `Server`. Its socket is in `listen`.

Read in ComfyUI 0.3.64 (commit a125cd8, 2025-10-11), `server.py` and `execution.py`, on 2026-11-21:

- POST /prompt `{prompt, client_id, extra_data}` answers `{prompt_id, number, node_errors}`, or 400
  with `{error, node_errors}`. A prompt of which one of several outputs does not hold is taken all
  the same, with that output in `node_errors[…].dependent_outputs`.
- GET /queue has `queue_running` and `queue_pending`, lists of `[number, prompt_id, prompt,
  extra_data, outputs]` (newer servers add a sixth item); the least number runs next.
- GET /history/{id} is `{}` until the prompt has ended, then `{id: {prompt, outputs, status, meta}}`
  with `status` `{status_str, completed, messages: [[event, data], …]}`. GET /history?max_items=n
  has the last n. `extra_data` comes back in `prompt[3]`: by what we put there our own are known.
- POST /queue `{delete: [id]}`, POST /interrupt `{prompt_id}` (older servers interrupt
  whatever runs), POST /free `{unload_models, free_memory}`, POST /upload/image as multipart with
  `image`, `type`, `subfolder`, `overwrite`, which gives a file of another content another name.
- GET /view?filename&subfolder&type hands out files; a name with `..` is refused there.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import httpx

from songreel.generation.comfy.answers import foreign, refused, unanswered
from songreel.generation.fetch import certificates
from songreel.generation.hosted.image import Prepared
from songreel.generation.hosted.keys import Secret
from songreel.models.errors import ProviderError

MARK = "songreel"
"""In `extra_data`: what our own prompts are known by."""

SUBFOLDER = "songreel"
"""Of the server's input folder, for uploaded images."""

RECENT = 200
"""Of the last ended prompts, that many are looked through for ours."""

TIMEOUT = httpx.Timeout(30.0, connect=5.0, pool=30.0)
LARGEST = 64 * 2**20
"""Bytes of an answer; the largest is the history, with the last prompts whole."""

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Ticket(NamedTuple):
    """A prompt in the server's lists."""

    id: str
    mark: str
    """The fingerprint of our request; empty for others' prompts."""
    nodes: Mapping[str, Any]


class Queue(NamedTuple):
    """What the server works on."""

    running: tuple[Ticket, ...]
    pending: tuple[Ticket, ...]
    """In the order in which they will run."""


class Server:
    """A ComfyUI server.

    Args:
        url: Its address, without a slash at its end.
        header: Under which the key is sent.
        key: For what stands before the server; None: nothing.
        timeout: Of each step of an exchange.
        transport: In place of the network, for tests.
    """

    def __init__(
        self,
        url: str,
        *,
        header: str = "Authorization",
        key: Secret | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url, self._header, self._key = url, header, key
        self._client = httpx.Client(
            transport=transport,
            timeout=timeout,
            headers={"User-Agent": "songreel", "Accept": "application/json"},
            # What runs on this machine is not asked through a proxy.
            mounts={f"all://{host}": None for host in _LOOPBACK},
            verify=certificates(),
            limits=httpx.Limits(keepalive_expiry=3.0),
        )

    @property
    def local(self) -> bool:
        """Whether it is on this machine."""
        return httpx.URL(self.url).host in ("localhost", "127.0.0.1", "::1")

    def headers(self, url: str) -> dict[str, str]:
        """The key, for this server alone."""
        if self._key is None:
            return {}
        asked, own = httpx.URL(url), httpx.URL(self.url)
        same = (asked.scheme, asked.host, asked.port) == (own.scheme, own.host, own.port)
        return {self._header: self._key.reveal()} if same else {}

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def stats(self) -> Mapping[str, Any]:
        """What the server is and runs on: `system` and `devices`.

        Raises:
            ProviderError: It cannot be reached, or is no ComfyUI.
        """
        found = self._ask("GET", "/system_stats")
        if not isinstance(found, Mapping) or not isinstance(found.get("system"), Mapping):
            raise self._foreign()
        return found

    def node_info(self, node_class: str) -> Mapping[str, Any]:
        """What the server says of a class of nodes, under its name; nothing where it has none.

        Raises:
            ProviderError: It cannot be asked.
        """
        found = self._ask("GET", f"/object_info/{quote(node_class, safe='')}")
        if not isinstance(found, Mapping):
            raise self._foreign()
        return found

    def queue(self) -> Queue:
        """What runs and what waits.

        Raises:
            ProviderError: It cannot be asked.
        """
        match self._ask("GET", "/queue"):
            case {"queue_running": list(running), "queue_pending": list(pending)}:
                in_turn = sorted(filter(_numbered, pending), key=lambda item: float(item[0]))
                return Queue(_tickets(running), _tickets(in_turn))
        raise self._foreign()

    def ended(self, id_: str) -> Mapping[str, Any] | None:
        """The entry of an ended prompt; None if it has not ended, or is not known.

        Raises:
            ProviderError: It cannot be asked.
        """
        found = self._ask("GET", f"/history/{id_}")
        if not isinstance(found, Mapping):
            raise self._foreign()
        entry = found.get(id_)
        return entry if isinstance(entry, Mapping) else None

    def last_ended(self) -> Mapping[str, tuple[Ticket, Mapping[str, Any]]]:
        """The last ended prompts that are ours, by id, oldest first.

        Raises:
            ProviderError: It cannot be asked.
        """
        found = self._ask("GET", "/history", params={"max_items": str(RECENT)})
        if not isinstance(found, Mapping):
            raise self._foreign()
        ours = {}
        for id_, entry in found.items():
            if isinstance(entry, Mapping) and isinstance(entry.get("prompt"), list):
                for ticket in _tickets([entry["prompt"]]):
                    if ticket.mark:
                        ours[str(id_)] = (ticket, entry)
        return ours

    def prompt(self, nodes: Mapping[str, Any], client: str, mark: str) -> tuple[str, Any]:
        """Have a workflow run.

        Args:
            nodes: Filled in.
            client: Whom the socket's messages go to.
            mark: By which it is found again.

        Returns:
            Its id, and what does not hold in outputs that are not run.

        Raises:
            Refused: It does not hold.
            ProviderError: It was not taken; `ambiguous` if it may have been.
        """
        body = {"prompt": nodes, "client_id": client, "extra_data": {MARK: mark}}
        match self._ask("POST", "/prompt", body=body, runs=True):
            case {"prompt_id": str(id_), **rest} if id_:
                return id_, rest.get("node_errors")
        raise self._foreign()

    def upload(self, image: Prepared) -> str:
        """Give an image to the server; the name by which nodes load it.

        Its name is made of its content, and nothing is overwritten: the same image is there once.

        Raises:
            ProviderError: It was not taken.
        """
        found = self._ask(
            "POST", "/upload/image",
            files={"image": (image.name, image.content, image.content_type)},
            form={"type": "input", "subfolder": SUBFOLDER},
        )  # fmt: skip
        match found:
            case {"name": str(name), **rest} if name:
                folder = str(rest.get("subfolder") or "")
                return f"{folder}/{name}" if folder else name
        raise self._foreign()

    def forget(self, id_: str) -> None:
        """Take a waiting prompt out of the queue."""
        self._ask("POST", "/queue", body={"delete": [id_]})

    def interrupt(self, id_: str) -> None:
        """Stop a prompt that runs."""
        self._ask("POST", "/interrupt", body={"prompt_id": id_})

    def make_room(self) -> None:
        """Have the models taken out of the device's memory."""
        self._ask("POST", "/free", body={"unload_models": True, "free_memory": True})

    def view(self, filename: str, subfolder: str, kind: str) -> str:
        """Where a file of the server is handed out."""
        query = urlencode({"filename": filename, "subfolder": subfolder, "type": kind})
        return f"{self.url}/view?{query}"

    def is_there(self, url: str) -> bool:
        """Whether a file is still handed out.

        Raises:
            ProviderError: It cannot be asked.
        """
        return self._send("HEAD", url).status_code not in (400, 403, 404, 410)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        params: Mapping[str, str] | None = None,
        files: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        runs: bool = False,
    ) -> Any:
        """The JSON of an answer; None for an empty one."""
        reply = self._send(method, self.url + path, runs=runs, json=body, params=params,
                           files=files, data=form)  # fmt: skip
        text = reply.content
        try:
            found = json.loads(text) if text.strip() else None
        except (ValueError, RecursionError) as error:
            if reply.is_success:
                raise self._foreign() from error
            found = None
        if reply.is_success:
            return found
        raise self._cleaned(refused(self.url, self._header, reply, found, runs=runs))

    def _send(self, method: str, url: str, *, runs: bool = False, **more: Any) -> httpx.Response:
        """Send a request once; the whole answer, whatever its status."""
        try:
            request = self._client.build_request(method, url, headers=self.headers(url), **more)
            reply = self._client.send(request, stream=True, follow_redirects=False)
            try:
                return _read(reply)
            finally:
                reply.close()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise self._cleaned(unanswered(self.url, error, runs=runs)) from error

    def _foreign(self) -> ProviderError:
        return foreign(self.url)

    def _cleaned(self, error: ProviderError) -> ProviderError:
        if self._key is not None:
            error.args = (self._key.clean(str(error)),)
        return error


def _read(reply: httpx.Response) -> httpx.Response:
    """The whole answer, within its limits of time and size."""
    began, size, parts = time.monotonic(), 0, []
    for part in reply.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise httpx.ReadError(f"the answer is larger than {LARGEST} bytes")
        if time.monotonic() - began > 120.0:
            raise httpx.ReadTimeout("the answer was not whole after 120 s")
    gone = ("content-encoding", "content-length", "transfer-encoding")
    headers = [pair for pair in reply.headers.multi_items() if pair[0].lower() not in gone]
    return httpx.Response(
        reply.status_code, headers=headers, content=b"".join(parts), request=reply.request
    )


def _numbered(item: object) -> bool:
    return isinstance(item, list) and bool(item) and isinstance(item[0], int | float)


def _tickets(items: Sequence[Any]) -> tuple[Ticket, ...]:
    """Entries of the server's lists, whatever its version."""
    found = []
    for item in items:
        match item:
            case [_, str(id_), dict(nodes), dict(extra), *_]:
                mark = extra.get(MARK)
                found.append(Ticket(id_, mark if isinstance(mark, str) else "", nodes))
            case [_, str(id_), *_]:
                found.append(Ticket(id_, "", {}))
    return tuple(found)
