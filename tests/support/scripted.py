"""A service that answers by script, where what is sent matters more than how it is answered."""

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import httpx

from songreel.generation.provider import Provider
from songreel.models.clip import ClipRequest
from songreel.models.storyboard import CameraMove, ShotSize

Answer = Callable[[httpx.Request], httpx.Response]


class Scripted(httpx.MockTransport):
    """Answers each request by the first rule whose method and end of path fit; keeps them all."""

    def __init__(self) -> None:
        super().__init__(self._serve)
        self.seen: list[httpx.Request] = []
        self._rules: list[tuple[str, str, Answer]] = []

    def on(
        self, method: str, end: str, value: Any = None, status: int = 200, **headers: str
    ) -> "Scripted":
        """Answer with `value` in JSON, or with what it returns or raises for the request."""

        def answer(request: httpx.Request) -> httpx.Response:
            made = value(request) if callable(value) else value
            if isinstance(made, httpx.Response):
                return made
            named = {name.replace("_", "-"): text for name, text in headers.items()}
            return httpx.Response(status, json=made, headers=named)

        self._rules.insert(0, (method, end, answer))
        return self

    def sent(self, end: str) -> list[Any]:
        """The JSON of the requests whose path ends so."""
        return [json.loads(r.content) for r in self.seen if r.content and r.url.path.endswith(end)]

    def _serve(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.seen.append(request)
        for method, end, answer in self._rules:
            if request.method == method and request.url.path.endswith(end):
                return answer(request)
        return httpx.Response(404, json={"detail": f"no rule for {request.url.path}"})


def plan_one(provider: Provider, seconds: float = 2.0, **more: Any) -> ClipRequest:
    """The planned request of a film of one shot."""
    asked: dict[str, Any] = {
        "prompt": "a coast at dusk, waves roll in", "camera": CameraMove.PUSH_IN,
        "size": ShotSize.WIDE, "palette": ((0.2, 0.1, 250), (0.5, 0.1, 300), (0.8, 0.1, 30)),
        "energy": 0.5, "motion": 0.5, "seed": 7, "width": 1280, "height": 720,
        "rate": Fraction(24), "frames": round(seconds * 24),
    }  # fmt: skip
    return provider.plan({"s01": ClipRequest(**(asked | more))})["s01"].request
