"""The same film in other shapes, shorter, and as a loop: `Versions`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.models.errors import InvalidInput
from songreel.models.progress import Progress, silent
from songreel.models.render import Render, RenderSpec, SyncReport
from songreel.models.timebase import clock, frame_at
from songreel.models.timeline import Timeline
from songreel.project import Project
from songreel.reshaping import Reshaper
from songreel.services import Services

if TYPE_CHECKING:
    from songreel.assembly.excerpt import Span
    from songreel.assembly.loop import Loop
    from songreel.assembly.seam import Seam
    from songreel.assembly.windows import Window
    from songreel.models.music import Analysis, BeatGrid
    from songreel.models.sound import Sound
    from songreel.models.storyboard import Storyboard

DECLICK = 0.003
"""Seconds of the fade that an excerpt begins with where it begins at once: no attack is shorter."""

FADE_IN = 0.6
"""Seconds at most; a beat where one is shorter."""

FADE_OUT = 0.7, 1.4
"""Seconds at least and at most of the fade over the last beats."""


@dataclass(frozen=True)
class Version:
    """A film made from a project's film."""

    name: str
    video: Path
    render: Render
    report: SyncReport
    page: Path | None = None
    reasons: tuple[str, ...] = ()
    seam: "Seam | None" = None
    set_aside: Path | None = None
    """Where the file went that this one replaces."""
    reused: bool = False
    """It was there already, just like this."""

    def row(self) -> dict[str, object]:
        """As plain data."""
        return {
            "name": self.name, "video": str(self.video), "width": self.render.spec.width,
            "height": self.render.spec.height, "frames": self.render.frames,
            "seconds": self.render.seconds, "ok": self.ok,
            "on_frame": self.report.on_frame, "reasons": list(self.reasons),
            "notices": list(self.report.notices), "reused": self.reused,
            "segments": {"made": self.render.made_segments, "reused": self.render.reused_segments},
            "seam": None if self.seam is None else {
                "ok": self.seam.ok, "picture": round(self.seam.picture, 3),
                "neighbours": round(self.seam.neighbours, 3), "cuts": self.seam.cuts,
                "sound": self.seam.sound,
            },
            "report": str(self.page) if self.page else None,
            "replaced": str(self.set_aside) if self.set_aside else None,
        }  # fmt: skip

    @property
    def ok(self) -> bool:
        """Whether everything that was claimed held."""
        return self.report.ok and (self.seam is None or self.seam.ok)


@dataclass(frozen=True)
class _Film:
    """A project's finished film and what it was made from."""

    project: Project
    sound: "Sound"
    analysis: "Analysis"
    storyboard: "Storyboard"
    timeline: Timeline
    spec: RenderSpec


class Versions:
    """The use cases around a finished film. Its clips are shown as they are; nothing is bought."""

    def __init__(self, services: Services) -> None:
        self._services, self._settings = services, services.settings

    def formats(
        self,
        folder: Path,
        aspects: Sequence[str],
        size: int | None = None,
        progress: Progress = silent,
    ) -> tuple[Version, ...]:
        """The whole film in other shapes, cut on the same frames.

        Args:
            folder: The project.
            aspects: Names of `ASPECTS`.
            size: Short side in pixels; the film's own if None.
            progress: Told what is being done.

        Raises:
            InvalidInput: There is no film, or no such shape.
        """
        with self._services.opened(folder, progress) as opened:
            film = _film(*opened)
            specs = {aspect: film.spec.over(aspect, size) for aspect in dict.fromkeys(aspects)}
            made = []
            for aspect, spec in specs.items():
                shaper = Reshaper(film.project, film.storyboard, self._settings.workers, progress)
                timeline = shaper.shaped(shaper.worded(film.timeline, spec), spec)
                name = f"{film.project.state.title} {_filename(aspect)}"
                made.append(self._made(film, timeline, film.sound, spec, "formats", name, progress,
                                       title=aspect, page=True))  # fmt: skip
            return tuple(made)

    def windows(
        self,
        folder: Path,
        seconds: float,
        *,
        at: float | None = None,
        count: int = 3,
        progress: Progress = silent,
    ) -> "tuple[Window, ...]":
        """The best stretches of the song of about so many seconds, best first; nothing is made."""
        with self._services.opened(folder, progress) as (_, _, analysis, storyboard):
            return _windows(analysis, storyboard, seconds, at, count)

    def excerpts(
        self,
        folder: Path,
        seconds: float,
        *,
        at: float | None = None,
        count: int = 1,
        aspect: str | None = None,
        size: int | None = None,
        progress: Progress = silent,
    ) -> tuple[Version, ...]:
        """The best stretches of the film as films of their own, best first.

        Args:
            folder: The project.
            seconds: Length at most.
            at: Begin near this second of the song instead.
            count: How many at most.
            aspect: Their shape; the film's own if None.
            size: Short side in pixels.
            progress: Told what is being done.

        Raises:
            InvalidInput: There is no film, it is too short, or no such shape.
        """
        from songreel.assembly.excerpt import SoundPart, excerpted, samples_of

        with self._services.opened(folder, progress) as opened:
            film = _film(*opened)
            spec = film.spec.over(aspect, size)
            made = []
            found = _windows(film.analysis, film.storyboard, seconds, at, count)
            for window in found:
                span = _span(window, film)
                first, samples = samples_of(span, spec.rate, film.sound.track.sample_rate)
                rate = film.sound.track.sample_rate
                begins = span.fade_in / spec.rate if span.fade_in else DECLICK if first else 0
                sound = SoundPart(
                    film.sound, first, min(samples, film.sound.track.samples - first),
                    fade_in=round(begins * rate), fade_out=round(span.fade_out / spec.rate * rate),
                )  # fmt: skip
                shaper = Reshaper(film.project, film.storyboard, self._settings.workers, progress)
                timeline = excerpted(shaper.worded(film.timeline, spec), span)
                timeline = shaper.shaped(timeline, spec)
                shape = f" {_filename(aspect)}" if aspect else ""
                name = f"{film.project.state.title} {seconds:g}s at {_place(window.start)}{shape}"
                made.append(self._made(
                    film, timeline, sound, spec, "excerpts", name, progress,
                    title=f"{clock(window.start)}–{clock(window.end)}", reasons=window.reasons,
                ))  # fmt: skip
            return tuple(made)

    def loop(
        self,
        folder: Path,
        seconds: tuple[float, float],
        *,
        at: float | None = None,
        aspect: str | None = None,
        size: int | None = None,
        mute: bool = False,
        progress: Progress = silent,
    ) -> Version:
        """A few bars of the film that lead back into themselves.

        Args:
            folder: The project.
            seconds: Least and greatest length.
            at: Begin at the bar nearest to this second of the song.
            aspect: Its shape; the film's own if None.
            size: Short side in pixels.
            mute: Leave the sound out.
            progress: Told what is being done.

        Raises:
            InvalidInput: There is no film, no such shape, or no bars of such a length.
        """
        from songreel.assembly.loop import (
            LoopSound,
            join_of,
            loop_samples,
            looped,
            loops,
            same_crop,
            turns_on_cut,
        )
        from songreel.assembly.seam import seam

        with self._services.opened(folder, progress) as opened:
            film = _film(*opened)
            spec = film.spec.over(aspect, size)
            trusted = film.storyboard.beat_locked
            progress("looking for bars that lead back", 0.0)
            loop: Loop = loops(
                film.timeline, film.sound, film.analysis, film.storyboard.grid, trusted=trusted,
                seconds=seconds, at=at, lead=spec.lead, count=1,
            )[0]  # fmt: skip
            rate = film.sound.track.sample_rate
            first, samples = loop_samples(loop, spec.rate, rate)
            sound = LoopSound(film.sound, first, samples, round(join_of(loop) * rate))
            shaper = Reshaper(film.project, film.storyboard, self._settings.workers, progress)
            timeline = looped(shaper.worded(film.timeline, spec), loop)
            timeline = same_crop(shaper.shaped(timeline, spec))
            shape = f" {_filename(aspect)}" if aspect else ""
            name = f"{film.project.state.title} loop at {_place(loop.start)}{shape}"
            if mute:
                name += " silent"
            made = self._made(
                film, timeline, sound, spec, "loops", name, progress,
                title=f"loop {clock(loop.start)}–{clock(loop.end)}", reasons=loop.reasons,
                mute=mute,
            )  # fmt: skip
            met = seam(
                made.video, timeline, None if mute else made.report.samples_expected,
                on_cut=turns_on_cut(film.timeline, loop),
            )  # fmt: skip
            return replace(made, seam=met)

    def _made(
        self,
        film: _Film,
        timeline: Timeline,
        sound: "Sound",
        spec: RenderSpec,
        kind: str,
        name: str,
        progress: Progress,
        *,
        title: str,
        reasons: tuple[str, ...] = (),
        page: bool = False,
        mute: bool = False,
    ) -> Version:
        """Render, check and record one version; the very same one that is there is left alone."""
        from songreel.assembly.check import check
        from songreel.assembly.render import render, render_fingerprint
        from songreel.assembly.report import write_page
        from songreel.assembly.stills import Gallery

        project = film.project
        video = project.folder / kind / f"{name}.{spec.format}"
        about = project.folder / kind / "about" / name
        html = about / "report.html" if page else None
        documents = about / "render.json", about / "report.json", about / "timeline.json"
        if all(path.is_file() for path in (*documents, *([html] if html else []))):
            rendered, report = Render.load(documents[0]), SyncReport.load(documents[1])
            same = rendered.fingerprint == render_fingerprint(timeline, sound, spec)
            if same and project.has(rendered) and report.video_sha256 == rendered.sha256:
                return Version(title, video, rendered, report, html, reasons, reused=True)
        set_aside = project.set_aside(video)
        about.mkdir(parents=True, exist_ok=True)
        timeline.save(documents[2])
        rendered = render(
            timeline, sound, spec, project=project.folder, output=video,
            workers=self._settings.workers, progress=progress, mute=mute,
        )  # fmt: skip
        rendered.save(documents[0])
        gallery = Gallery()
        report = check(video, timeline, sound, spec, progress, gallery=gallery, mute=mute)
        report.save(documents[1])
        if html is not None:
            write_page(report, timeline, html, storyboard=film.storyboard,
                       analysis=film.analysis, gallery=gallery)  # fmt: skip
        return Version(title, video, rendered, report, html, reasons, set_aside=set_aside)


def _film(
    project: Project, sound: "Sound", analysis: "Analysis", storyboard: "Storyboard"
) -> _Film:
    """The film as it was last cut.

    Raises:
        InvalidInput: There is none, or the plan has changed since.
    """
    from songreel.models.schedule import schedule

    if not (project.render.is_file() and project.timeline.is_file()):
        raise InvalidInput(
            f"{project.folder} has no film yet; `songreel assemble {project.folder}` makes it"
        )
    timeline, spec = Timeline.load(project.timeline), Render.load(project.render).spec
    planned = [(s.shot, s.start, s.end) for s in schedule(storyboard, spec.rate, spec.lead)]
    if planned != [(cut.shot, cut.start, cut.end) for cut in timeline.cuts]:
        raise InvalidInput(
            f"{project.plan} has changed since the film was cut; "
            f"`songreel assemble {project.folder}` cuts it anew"
        )
    return _Film(project, sound, analysis, storyboard, timeline, spec)


def _windows(
    analysis: "Analysis", storyboard: "Storyboard", seconds: float, at: float | None, count: int
) -> "tuple[Window, ...]":
    from songreel.assembly.windows import windows

    return windows(
        analysis, seconds, grid=storyboard.grid, trusted=storyboard.beat_locked,
        lyrics=storyboard.lyrics, count=count, at=at,
    )  # fmt: skip


def _span(window: "Window", film: _Film) -> "Span":
    """The window on the film's frames, with its fades."""
    from songreel.assembly.excerpt import Span

    spec, grid = film.spec, film.storyboard.grid
    first = max(frame_at(window.start, spec.rate) - spec.lead, 0)
    last = film.timeline.frames
    if not window.closes:
        last = min(frame_at(window.end, spec.rate) - spec.lead, last)
    fade_in = 0
    if not window.attack:
        fade_in = max(2, round(min(_beat(grid, window.start, film), FADE_IN) * spec.rate))
    fade_out = 0
    if not window.closes:
        beat = _beat(grid, window.end, film)
        least, most = FADE_OUT
        length = min(beat if beat >= least else 2 * beat if 2 * beat >= least else 4 * beat, most)
        fade_out = round(length * spec.rate)
    return Span(first, last, fade_in, fade_out)


def _beat(grid: "BeatGrid", time: float, film: _Film) -> float:
    """Seconds of a beat around `time`; half a second where there are none to trust."""
    return grid.period(grid.nearest(time)) if film.storyboard.beat_locked and grid.beats else 0.5


def _filename(aspect: str | None) -> str:
    return (aspect or "").replace(":", "x")


def _place(seconds: float) -> str:
    """A moment as it may stand in a file's name: `1m04s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02d}s"
