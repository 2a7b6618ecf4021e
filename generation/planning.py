"""Which clips the film wants, from whom, and what each shot shows of them: `FilmPlan`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from songreel.generation.final import finals, finished
from songreel.generation.provider import Provider
from songreel.generation.requests import Wording, requests, worded
from songreel.generation.shelf import Shelf
from songreel.generation.stills import awaited, film_stills, last_of
from songreel.models.clip import Clip, ClipRequest, Final, Portion, Still
from songreel.models.errors import InvalidInput
from songreel.models.music import Analysis
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Shot, Storyboard


class Standing(NamedTuple):
    """A shot before anything is made: what it will show, and whether that is there."""

    portion: Portion
    """Of the clip that is there, else of the planned one."""
    file: Path | None
    wanted: ClipRequest
    """What the plan asks for; or the longer clip that is there in its place."""
    take: Clip | None = None
    """The take that is kept for it whatever the plan says."""
    remarks: tuple[str, ...] = ()


@dataclass
class FilmPlan:
    """A film's clips as their sources have planned them."""

    storyboard: Storyboard
    makers: Mapping[str, Provider]
    """By name; the film's own source also under the empty one."""
    asked: Mapping[str, ClipRequest]
    """What each shot asks for, by shot, in its own source's words."""
    planned: Mapping[str, Portion]
    """By shot. Last pictures of other clips are still to be filled in."""
    files: Mapping[str, Path]
    """Images by sha256."""
    before: Mapping[str, str]
    """The shot whose last picture a shot's planned clip begins with, by shot."""
    words: Wording | None
    final: Mapping[str, Final] = field(default_factory=dict)
    """How the film shows each shot's clip, by shot; as the requests have it where left out."""
    _worded: dict[str, dict[str, ClipRequest]] = field(default_factory=dict)
    _elsewhere: dict[str, Mapping[str, Portion]] = field(default_factory=dict)

    @property
    def may_spare(self) -> bool:
        """Whether there may be clips with spans that no shot shows and any could."""
        return any(_spares(self.maker(shot)) for shot in self.storyboard.shots)

    def maker(self, shot: Shot | str) -> Provider:
        """From whom a shot's clip is asked."""
        if isinstance(shot, str):
            shot = next(known for known in self.storyboard.shots if known.id == shot)
        return self.makers[shot.provider or ""]

    def asked_of(self, shot: str, maker: Provider) -> ClipRequest:
        """What a shot asks for, in the words of `maker`."""
        dialect = maker.traits.dialect
        if dialect not in self._worded:
            self._worded[dialect] = worded(self.asked, self.storyboard, self.words, dialect)
        request = self._worded[dialect][shot]
        final = self.final.get(shot, request.final) if maker.traits.final else None
        return request.model_copy(update={"final": final})

    def planned_by(self, maker: Provider) -> Mapping[str, Portion]:
        """The whole film as a stand-in would make it, by shot, so that shots share its clips too.

        Raises:
            SongreelError: It cannot.
        """
        if maker.name not in self._elsewhere:
            asked = {shot: self.asked_of(shot, maker) for shot in self.asked}
            self._elsewhere[maker.name] = maker.plan(asked)
        return self._elsewhere[maker.name]

    def follows(self, shot: str, last: Still | None) -> Portion:
        """The planned clip of `shot` with `last` as its first picture; without one if None."""
        portion = self.planned[shot]
        request = portion.request.model_copy(update={"start": last})
        return portion.model_copy(update={"request": request})

    def unused(self, shot: str) -> tuple[str, ...]:
        """What a shot's source makes nothing of, a sentence each."""
        asked, planned = self.asked[shot], self.planned[shot].request
        name = self.maker(shot).name
        pictures = (
            ("start image", asked.start, planned.start),
            ("end image", asked.end, planned.end),
            ("reference images", asked.references, planned.references),
        )
        return tuple(
            f"{name} takes no {what} here: the shot's is not used"
            for what, wanted, taken in pictures
            if wanted and not taken
        )

    def standings(self, shelf: Shelf) -> dict[str, Standing]:
        """Where each shot stands, in the film's order."""
        found: dict[str, Standing] = {}
        for shot in self.storyboard.shots:
            portion = self.planned[shot.id]
            if shot.id in self.before:
                portion = self.follows(shot.id, last_of(found[self.before[shot.id]].portion))
            maker = self.maker(shot)
            there = shelf.serving(maker.name, portion.request, longer=maker.traits.costs_money)
            file: Path | None = None
            if there is not None:
                request, file = there
                portion = portion.model_copy(update={"request": request})
            found[shot.id] = _kept(
                shelf, shot, self.asked[shot.id], Standing(portion, file, portion.request)
            )
        return found


def plan_film(
    storyboard: Storyboard,
    analysis: Analysis,
    spec: RenderSpec,
    *,
    provider: Provider,
    others: Mapping[str, Provider],
    words: Wording | None = None,
    base: Path | None = None,
) -> FilmPlan:
    """Ask every source for its plan; nothing is made and the network is not asked.

    Raises:
        InvalidInput: A shot names a source that is not given, an image cannot be read, or a
            source has nothing to offer.
    """
    makers = {provider.name: provider, **others, "": provider}
    for shot in storyboard.shots:
        if (shot.provider or "") not in makers:
            known = ", ".join(sorted(name for name in makers if name))
            raise InvalidInput(
                f"shot {shot.id} asks for its clip from {shot.provider!r}; at hand: {known}"
            )
    stills = film_stills(storyboard, base)
    asked = requests(storyboard, analysis, spec, stills.by_shot)
    # The film's own source plans every shot: one that goes elsewhere leaves the others alone.
    shots: dict[str, list[str]] = {provider.name: list(asked)}
    of = {shot.id: makers[shot.provider or ""] for shot in storyboard.shots}
    for shot_id, maker in of.items():
        if maker.name != provider.name:
            shots.setdefault(maker.name, []).append(shot_id)
    named = {maker.name: maker for maker in of.values()} | {provider.name: provider}
    worded_for = {
        name: worded(asked, storyboard, words, named[name].traits.dialect) for name in shots
    }
    final = finals(storyboard, spec)
    for name in shots:
        if named[name].traits.final:
            worded_for[name] = finished(worded_for[name], final)
    plans = {
        name: named[name].plan({shot: worded_for[name][shot] for shot in wanted})
        for name, wanted in shots.items()
    }
    planned = {shot: plans[maker.name][shot] for shot, maker in of.items()}
    return FilmPlan(
        storyboard=storyboard,
        makers=makers,
        asked={shot: worded_for[maker.name][shot] for shot, maker in of.items()},
        planned=planned,
        files=stills.files,
        before=dict(_chained(storyboard, planned)),
        words=words,
        final=final,
    )


def _chained(storyboard: Storyboard, planned: Mapping[str, Portion]) -> Iterator[tuple[str, str]]:
    """Shots whose planned clip begins with the last picture of another shot, and that shot.

    A clip that several shots share begins where the first of them does.
    """
    ids = [shot.id for shot in storyboard.shots]
    before = {awaited(shot): ids[i] for i, shot in enumerate(ids[1:])}
    for shot, portion in planned.items():
        start = portion.request.start
        if start is not None and start in before:
            yield shot, before[start]


def _spares(maker: Provider) -> bool:
    """Whether `maker`'s clips may be longer than what is shown of them, and go with any music."""
    return not maker.traits.local and not maker.traits.hears_music


def _kept(shelf: Shelf, shot: Shot, asked: ClipRequest, planned: Standing) -> Standing:
    """The take that a shot keeps, where it can be shown; else what is planned, and why."""
    if shot.keep is None:
        return planned
    take = shelf.find_take(shot.id, shot.keep)
    if take is None:
        remark = f"the kept take {shot.keep} is not there any more: the plan's clip is shown"
        return planned._replace(remarks=(remark,))
    rate = asked.rate
    there = int(take.frames / take.rate * rate)
    if there < asked.frames:
        remark = (
            f"the kept take {shot.keep} has {float(there / rate):.2f} s, the shot needs "
            f"{asked.seconds:.2f} s: the plan's clip is shown"
        )
        return planned._replace(remarks=(remark,))
    # It begins where it was cut before, or as near to that as the shot's length allows.
    first = min(max(int(take.begins * rate) - asked.head, 0), there - asked.frames)
    portion = Portion(
        request=take.request, first=first, frames=asked.frames, head=asked.head, rate=rate
    )
    remarks: tuple[str, ...] = ()
    if take.request.fingerprint != planned.portion.request.fingerprint:
        mark = take.request.fingerprint[:8]
        remarks = (f"kept take {mark}; the plan has changed since",)
    return Standing(portion, shelf.folder / take.file, planned.wanted, take, remarks)
