"""A folder with workflows for a stand-in ComfyUI, and providers that ask it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from songreel.generation.patience import Patience
from songreel.generation.provider import Context
from songreel.generation.providers.comfyui import ComfyUI
from songreel.generation.runner import generate
from songreel.models.clip import NO_IMAGES, Clip, ClipRequest, Images, Job, JobState
from songreel.models.errors import ProviderError
from songreel.models.progress import Progress, silent
from songreel.models.storyboard import Storyboard
from support.boards import SONG, SPEC
from support.comfy import Comfy, workflow
from support.hosted import asked
from support.hosted_films import film
from support.makers import Painter

TABLE = {"short_side": 64, "largest": 256}
"""Small clips: 128×64, up to 257 frames."""

HASTY = Patience(
    first_wait=0.01, longest_wait=0.05, tries=4, poll_remote=0.005, deadline=20.0, ending=0.3
)  # fmt: skip


@dataclass
class Bench:
    """One server, one configuration folder, one project."""

    comfy: Comfy
    folder: Path
    made: list[ComfyUI] = field(default_factory=list)

    def write(
        self, name: str = "test", nodes: dict[str, Any] | str | None = None, **table: Any
    ) -> None:
        """A workflow with its table in `comfyui.toml`."""
        config = self.folder / "config"
        config.mkdir(exist_ok=True)
        text = nodes if isinstance(nodes, str) else json.dumps(nodes or workflow())
        (config / f"{name}.json").write_text(text, encoding="utf-8")
        lines = {"url": self.comfy.url, "workflow": f"{name}.json", **TABLE, **table}
        with (config / "comfyui.toml").open("a", encoding="utf-8") as file:
            file.write(f"[{name}]\n")
            file.writelines(f"{key} = {_toml(value)}\n" for key, value in lines.items() if value)

    def provider(self, name: str = "test", **more: Any) -> ComfyUI:
        """A new one, as of a new process."""
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        provider = ComfyUI(Context(scratch=scratch, model=name), **{"lag": 0.05, **more})
        self.made.append(provider)
        return provider

    def request(self, provider: ComfyUI, seconds: float = 0.5, **more: Any) -> ClipRequest:
        """A planned request."""
        return provider.plan({"s01": asked(seconds, **more)})["s01"].request

    def run(self, provider: ComfyUI, request: ClipRequest, images: Images = NO_IMAGES) -> JobState:
        """Submit and wait."""
        return self.wait(provider, provider.submit(request, images))

    def wait(
        self, provider: ComfyUI, job: Job, seen: Callable[[JobState], None] = lambda _: None
    ) -> JobState:
        """Poll until it has ended."""
        until = time.monotonic() + 60.0
        while time.monotonic() < until:
            try:
                state = provider.poll(job)
            except ProviderError as error:
                if not error.retryable:
                    raise
                time.sleep(0.01)
                continue
            seen(state)
            if state.status != "waiting":
                return state
            time.sleep(0.004)
        raise AssertionError("it never ended")

    def film(
        self, storyboard: Storyboard | None = None, *, progress: Progress = silent,
        patience: Patience = HASTY, on_interrupt: Literal["leave", "cancel"] = "leave",
        **more: Any,
    ) -> dict[str, Clip]:  # fmt: skip
        """Make a film of four shots, with painted clips as the last resort."""
        provider = self.provider(**more)
        painter = Painter(Context(scratch=self.folder / "scratch", workers=2), name="builtin")
        try:
            return generate(
                storyboard or film(), SONG, SPEC, provider=provider, others={"builtin": painter},
                folder=self.folder / "clips", progress=progress, patience=patience,
                on_interrupt=on_interrupt,
            )  # fmt: skip
        finally:
            provider.close()
            painter.close()

    def close(self) -> None:
        for provider in self.made:
            provider.close()


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)
