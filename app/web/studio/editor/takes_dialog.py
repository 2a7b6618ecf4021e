"""A shot's takes compared side by side, in time with the song: `compare`."""

from collections.abc import Sequence

from nicegui import ui

from songreel.models.edits import UseTake
from songreel.models.schedule import schedule
from songreel.takes import Take
from songreel.web.studio.editor.bench import Bench
from songreel.web.studio.editor.elements import Compare
from songreel.web.studio.kit import Button, Text, answered, chip, dialog, element, select


async def compare(bench: Bench, shot_id: str) -> None:
    """Show the takes of a shot, two at a time; the one that is chosen is kept."""
    found = await bench.do(lambda: bench.workspace.editing.takes(bench.project_id))
    if found is None:
        return
    takes = [take for take in found if take.shot == shot_id]
    card = bench.shot(shot_id)
    if not takes or card is None:
        await bench.say(f"{shot_id} has no take yet")
        return
    with dialog(f"Takes of {shot_id}", wide=True) as shown:
        _Pair(bench, shot_id, takes, shown)
        with element("div", "sr-actions"):
            Button("Close", lambda: shown.submit(None), kind="quiet")
    await answered(shown)


class _Pair:
    def __init__(self, bench: Bench, shot_id: str, takes: Sequence[Take], shown: ui.dialog) -> None:
        self._bench, self._shot, self._shown = bench, shot_id, shown
        self._takes = {take.name: take for take in takes}
        card, film = bench.shot(shot_id), bench.seen.film
        assert card is not None
        spec = bench.seen.state.spec
        rate = float(film.rate if film is not None else spec.rate)
        self._view = Compare(
            bench.media("song"), card.start, card.end - card.start, rate,
            f"{spec.width} / {spec.height}",
        )  # fmt: skip
        self._view.classes("ed-compare-place")
        self._needed = needed_seconds(bench, shot_id)
        now = next((t.name for t in takes if "shown" in t.state), takes[-1].name)
        other = next((t.name for t in reversed(takes) if t.name != now), now)
        self._sides = [now] if other == now else [now, other]
        self._names = names = {take.name: f"Take {i}" for i, take in enumerate(takes, 1)}
        if len(self._sides) > 1:
            with element("div", "ed-compare-sides"):
                for side, letter in enumerate("AB"):
                    with element("div", "ed-compare-side"):
                        select(letter, names, self._sides[side],
                               lambda e, s=side: self._put(s, e.value))  # fmt: skip
        else:
            Text("There is one take. A retake makes another to compare it with.", "p", "sr-hint")
        self._about = element("div", "ed-compare-about")
        self._draw()

    def _put(self, side: int, name: str) -> None:
        self._sides[side] = name
        self._draw()

    def _draw(self) -> None:
        chosen = [self._takes[name] for name in self._sides]
        self._view.show(
            [
                {
                    "src": self._bench.media(f"take-{self._shot}-{take.name}"),
                    "start": head_seconds(self._bench, self._shot),
                }
                for take in chosen
            ]
        )
        self._about.clear()
        with self._about:
            for letter, take in zip("AB", chosen, strict=False):
                self._tell(letter, take)
        self._kept()

    def _tell(self, letter: str, take: Take) -> None:
        with element("section", "ed-take", aria_label=f"take {letter}"):
            with element("div", "ed-shot-title"):
                chip(letter, "accent")
                Text(self._names[take.name], "strong")
                chip(take.state, "good" if "shown" in take.state else "")
            with element("dl", "ed-facts"):
                for name, text in (
                    ("Clip", take.name),
                    ("Source", take.source),
                    ("Seed", str(take.seed)),
                    ("Cost", take.cost.replace("–", "free")),
                    ("Length", f"{take.seconds:.2f} s"),
                    ("Faults", "; ".join(take.clip.faults) or "none found"),
                ):
                    Text(name, "dt")
                    Text(text, "dd")
            Text(take.clip.request.prompt, "p", "ed-take-prompt")
            short = take.seconds + 1e-6 < self._needed
            if short:
                Text(f"Too short now: the shot needs {self._needed:.2f} s.", "p", "ed-limit")
            Button(
                f"Use take {letter}" if len(self._sides) > 1 else "Keep this take",
                lambda name=take.name: self._use(name), icon="check",
            ).enable(not short)  # fmt: skip

    def _kept(self) -> None:
        plan = self._bench.plan
        keeps = plan is not None and any(s.id == self._shot and s.keep for s in plan.shots)
        if keeps:
            with self._about:
                Button("Follow the plan", lambda: self._use(None)).classes("ed-follow")

    async def _use(self, name: str | None) -> None:
        refused = await self._bench.edit(UseTake(shot=self._shot, take=name))
        if not refused:
            told = f"{self._names[name]} is used for" if name else "the plan decides on"
            await self._bench.say(f"{told} {self._shot}; the next cut shows it")
            self._shown.submit(None)


def needed_seconds(bench: Bench, shot_id: str) -> float:
    """Seconds that a clip must have to be shown in the shot, with its transitions."""
    plan = bench.plan
    if plan is None:
        return 0.0
    spec = bench.seen.state.spec
    frames = {frames.shot: frames for frames in schedule(plan, spec.rate, spec.lead)}
    return float(frames[shot_id].clip_frames / spec.rate) if shot_id in frames else 0.0


def head_seconds(bench: Bench, shot_id: str) -> float:
    """Seconds of a shot's clip before its cut: what a transition shows of it."""
    plan = bench.plan
    if plan is None:
        return 0.0
    spec = bench.seen.state.spec
    frames = {frames.shot: frames for frames in schedule(plan, spec.rate, spec.lead)}
    return float(frames[shot_id].head / spec.rate) if shot_id in frames else 0.0
