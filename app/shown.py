"""Cards of what services hand out: films, clips, takes, grids, scores, films with sound."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.models.money import dollars
from songreel.models.shown import film as measured
from songreel.models.shown import lanes
from songreel.models.shown.card import Card
from songreel.models.shown.markup import Markup, facts, folded, joined, sentences, table, tag
from songreel.models.shown.score import score_report, sound_track
from songreel.models.shown.song import picture
from songreel.shown_media import audio, video
from songreel.shown_media import picture as pictured
from songreel.stills import still

if TYPE_CHECKING:
    from songreel.film import Film
    from songreel.foley import Sounded
    from songreel.grids import Corrected, Grid
    from songreel.models.clip import Clip
    from songreel.scoring import Scored
    from songreel.takes import Clips, Take, Takes
    from songreel.visuals import Preview

PICTURES = 48
"""Clips of which a picture is shown: each is decoded, which takes some 20 ms."""
LONG_SIDE = 320
"""Pixels of the longer side of such a picture."""


def film(made: "Film") -> Card:
    """The film to be played, and what was measured of it."""
    report, seconds = made.report, made.timings.seconds
    told = (
        lanes.short(made.render.seconds),
        f"{made.render.spec.width} × {made.render.spec.height}",
        ("in sync" if report.beat_locked else "as planned") if report.ok else "not as planned",
        f"made in {sum(seconds.values()):.0f} s",
        *((f"{dollars(made.bill.run)} USD",) if made.bill else ()),
    )
    stages = ", ".join(f"{name} {spent:.1f} s" for name, spent in seconds.items())
    return Card(
        made.project.folder.name,
        told,
        (
            video(made.video, f"the film {made.video.stem}"),
            joined((measured.verdict(report), " measured on the decoded file")),
            facts(measured.measured(report)),
            sentences((*report.substitutions, *report.notices), "To be known:"),
            folded("time and files", facts({
                "stages": stages,
                "segments": f"{made.render.made_segments} made, {made.render.reused_segments} kept",
                "frames copied": made.render.copied_frames,
                "film": tag("code", made.video),
                "report": tag("code", made.project.page),
            })),
        ),
    )  # fmt: skip


def clips(found: "Clips") -> Card:
    """A picture of each clip, at the cut with which its shot begins."""
    files = {clip.file: clip for clip in found.values()}
    told = (
        f"{len(files)} clips for {len(found)} shots",
        "by " + ", ".join(dict.fromkeys(clip.provider for clip in found.values())),
    )
    shown = [
        _still(found.folder / clip.file, clip, shot, _seen(clip))
        for shot, clip in list(found.items())[:PICTURES]
    ]
    return Card("clips", told, (_stills(shown, len(found)), _faults(found)))


def _seen(clip: "Clip") -> str:
    """What is seen, as far as the clip's own maker was told or says."""
    return clip.request.motif or (clip.notes[0].partition(":")[0] if clip.notes else "")


def _faults(found: "Clips") -> Markup | None:
    told = [
        f"{shot}: {text}"
        for shot, clip in found.items()
        for text in (*((clip.substitution,) if clip.substitution else ()), *clip.faults)
    ]
    return sentences(told, "To be known:")


def _still(path: Path, clip: "Clip", caption: str, *more: str) -> Markup:
    shown = still(path, clip.begins, LONG_SIDE)
    label = f"picture of {path.name}"
    inside = pictured(shown, label) if shown else tag("p", f"{path.name}: no picture")
    words = [tag("div", text, class_="small") for text in more if text]
    return tag("figure", inside, tag("figcaption", caption, *words))


def _stills(shown: Sequence[Markup], count: int) -> Markup:
    left = count - len(shown)
    more = tag("p", f"and {left} more", class_="small") if left > 0 else None
    return joined((tag("div", *shown, class_="stills"), more))


def take(one: "Take") -> Card:
    """A take, without its pictures."""
    told = (one.state, one.source, f"{one.seconds:.2f} s", f"seed {one.seed}")
    words = tag("p", one.clip.request.prompt) if one.clip.request.prompt else None
    return Card(f"{one.shot}, take {one.name}", told, (words, sentences(
        (one.remark,) if one.remark else ()),))  # fmt: skip


def takes(found: "Takes") -> Card:
    """All takes of a project, by shot."""
    shots = {one.shot for one in found}
    shown = [
        _still(
            found.folder / one.clip.file,
            one.clip,
            f"{one.shot} {one.name}",
            one.state,
            _seen(one.clip),
        )
        for one in found[:PICTURES]
    ]
    heads = ("shot", "take", "state", "source", "seconds", "seed", "cost", "remark")
    rows = [
        (t.shot, tag("code", t.name), t.state, t.source, f"{t.seconds:.2f}", t.seed, t.cost,
         t.remark)
        for t in found
    ]  # fmt: skip
    whole = table(heads, rows, numbers=("seconds", "seed", "cost"), label="takes")
    return Card(
        "takes",
        (f"{len(found)} takes of {len(shots)} shots",),
        (_stills(shown, len(found)), folded("as a table", tag("div", whole, class_="wide"))),
    )


def grid(found: "Grid") -> Card:
    """The beats and bars of a project, and what a person has corrected of them."""
    heard, tempo = found.analysis, found.analysis.tempo
    told = (
        f"{tempo:.1f} BPM" if tempo else "no pulse",
        heard.meter,
        f"{len(heard.beats)} beats in {len(heard.downbeats)} bars",
        f"trust {heard.trust.grid:.2f}",
    )
    changes = [str(change) for change in found.changes]
    return Card(
        "grid of " + heard.track.title,
        told,
        (
            picture(heard),
            sentences(changes, "Corrected:") or tag("p", "as heard, nothing corrected"),
            sentences(heard.trust.reasons, "To be known:"),
        ),
    )


def corrected(done: "Corrected") -> Card:
    """What a correction has done."""
    card = grid(done.grid)
    told = f"{done.moved} shots begin at another time"
    return Card(card.title, (*card.facts, told), (*card.parts, sentences(done.notices)))


def scored(made: "Scored") -> Card:
    """A score to be heard, and what was heard in it."""
    return score_report(made.report, audio(made.place.output, f"the score {made.report.title}"))


def sounded(made: "Sounded") -> Card:
    """A film with its new sound, or the sound alone."""
    path = made.place.output
    player = audio(path) if made.place.alone else video(path, f"{path.stem} with sound")
    failure = (tag("p", made.failure),) if made.failure else ()
    return sound_track(made.track, player, *failure)


def preview(made: "Preview") -> Card:
    """A scene: its clip with the music under it, and its contact sheet."""
    told = (f"from {lanes.short(made.start)} of the song", ", ".join(made.sections))
    label = f"the scene {made.scene}"
    sheet = pictured(made.sheet, f"contact sheet of {label}")
    return Card(made.scene, told, (video(made.clip, label), sheet))
