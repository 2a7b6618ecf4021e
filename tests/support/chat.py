"""A server that speaks chat completions as OpenAI documents them, answers as told, and counts."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any

Reply = Callable[[dict[str, Any]], "str | tuple[int, Any] | None"]
"""From a request's body to the content of an answer, or a status and a body; None cuts the line."""


class Chat:
    """The server's memory."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.url = ""
        self.slow = 0.0
        self.usage = True
        self.finish = "stop"


@contextmanager
def serving(reply: Reply) -> Iterator[Chat]:
    """A server on a free port for as long as the block lasts."""
    chat = Chat(reply)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            chat.asked.append(body)
            chat.keys.append(self.headers.get("Authorization", ""))
            sleep(chat.slow)
            answer = chat.reply(body) if self.path == "/v1/chat/completions" else (404, {})
            if answer is None:
                self.connection.close()
                return
            status, made = answer if isinstance(answer, tuple) else (200, _completion(chat, answer))
            raw = made if isinstance(made, bytes) else json.dumps(made).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    chat.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _completion(chat: Chat, content: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "tiny",
        "choices": [{"index": 0, "finish_reason": chat.finish,
                     "message": {"role": "assistant", "content": content}}],
    }  # fmt: skip
    if chat.usage:
        made["usage"] = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return made


def question(body: dict[str, Any]) -> dict[str, Any]:
    """The data of the question: what stands in the user's first message."""
    data: dict[str, Any] = json.loads(body["messages"][1]["content"])
    return data


def author(body: dict[str, Any]) -> str:
    """A writer who does as asked: pictures of a kite, each with the shot's own number in words."""
    data = question(body)
    if "sections" in data:
        arc = [f"the kite rises over field {_count(i)}" for i, _ in enumerate(data["sections"])]
        return json.dumps(
            {"logline": "A child follows a kite across the fields.",
             "cast": "A child in a blue raincoat", "arc": arc}
        )  # fmt: skip
    return json.dumps({"shots": [shot(row) for row in data["shots"]]})


def shot(row: dict[str, Any]) -> dict[str, str]:
    """One shot of `author`."""
    number = _count(int(re.sub(r"\D", "", row["id"])))
    return {
        "id": row["id"], "seen": f"A paper kite over field {number}.",
        "happens": f"the grass of field {number} bending", "light": "even light of a grey day",
        "action": "runs after the kite" if row["acts"] else "", "time": "", "mood": "open",
    }  # fmt: skip


def _count(number: int) -> str:
    """A number in words that no rule minds."""
    digits = ("nil", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return " ".join(digits[int(digit)] for digit in str(number))
