"""Cards of music that is made: `score_plan`, `score`, `score_report`, `sound_track`."""

from typing import TYPE_CHECKING

from songreel.models.money import dollars
from songreel.models.shown import lanes
from songreel.models.shown.card import Card
from songreel.models.shown.markup import Markup, folded, sentences, table, tag
from songreel.models.timebase import clock

if TYPE_CHECKING:
    from songreel.models.foley_track import FoleyTrack
    from songreel.models.score import Score, ScorePlan
    from songreel.models.score_report import ScoreReport

_LETTERS = "ABCDEFGHIJKL"


def score_plan(plan: "ScorePlan") -> Card:
    """A score to be made, its cues along time."""
    slow, fast = min(c.bpm for c in plan.cues), max(c.bpm for c in plan.cues)
    told = (
        lanes.short(plan.seconds),
        "1 cue" if len(plan.cues) == 1 else f"{len(plan.cues)} cues",
        f"{slow:g} BPM" if slow == fast else f"{slow:g} to {fast:g} BPM",
        ", ".join(dict.fromkeys(cue.key for cue in plan.cues)),
        f"seed {plan.seed}",
    )
    return Card(
        plan.title or "score",
        told,
        (
            _cues(plan),
            sentences(plan.reasons, "Why:"),
            folded("what each cue is told", _told(plan), unfolded=len(plan.cues) <= 4),
        ),
    )


def _cues(plan: "ScorePlan") -> Markup:
    starts, letter = plan.starts(), {k: _LETTERS[i % 12] for i, k in enumerate(
        dict.fromkeys(cue.key for cue in plan.cues))}  # fmt: skip
    spans = [
        (a, b, cue.id, f"{cue.id}, {clock(a)} to {clock(b)}, {cue.bpm:g} BPM, {cue.key}",
         lanes.tint(letter[cue.key]))
        for cue, a, b in zip(plan.cues, starts, starts[1:], strict=False)
    ]  # fmt: skip
    bars = [
        tag("rect", tag("title", f"{cue.id}: energy {cue.energy:.2f}"),
            x=f"{1000 * a / plan.seconds:.1f}", y=f"{100 - 96 * cue.energy:.1f}",
            width=f"{1000 * (b - a) / plan.seconds:.1f}", height=f"{96 * cue.energy:.1f}",
            fill="oklch(0.62 0.12 250/.5)")
        for cue, a, b in zip(plan.cues, starts, starts[1:], strict=False)
    ]  # fmt: skip
    drawn = tag("svg", *bars, viewBox="0 0 1000 100", preserveAspectRatio="none", role="img",
                aria_label="energy of each cue")  # fmt: skip
    return lanes.lanes(
        (
            ("cues", lanes.blocks(spans, plan.seconds, f"{len(spans)} cues in their keys")),
            ("energy", tag("div", drawn, class_="lane tall")),
            ("", lanes.axis(plan.seconds)),
        )
    )


def _told(plan: "ScorePlan") -> Markup:
    heads = ("cue", "seconds", "BPM", "meter", "key", "words")
    rows = [
        (c.id, f"{c.seconds:.2f}", f"{c.bpm:g}", f"{c.meter} beats", c.key,
         tag("div", c.prompt, class_="clip", title=c.prompt))
        for c in plan.cues
    ]  # fmt: skip
    return tag("div", table(heads, rows, numbers=("seconds", "BPM"), label="cues"), class_="wide")


def score(made: "Score") -> Card:
    """A finished score, part by part."""
    told = (
        lanes.short(made.samples / made.rate),
        "1 part" if len(made.parts) == 1 else f"{len(made.parts)} parts",
        f"by {', '.join(dict.fromkeys(part.provider for part in made.parts))}",
        *((f"{dollars(made.cost.usd)} USD",) if made.cost else ()),
    )
    heads = ("cue", "from", "seconds", "gain", "step at the join", "tempo", "made again", "remarks")
    rows = [
        (p.cue, clock(p.start / made.rate), f"{(p.end - p.start) / made.rate:.2f}",
         f"{p.gain:+.1f} dB", "" if p.step is None else f"{p.step:+.1f} LU",
         "" if p.tempo is None else f"{p.tempo:.1f}", p.retakes or "", "; ".join(p.remarks))
        for p in made.parts
    ]  # fmt: skip
    numbers = ("seconds", "gain", "step at the join", "tempo", "made again")
    return Card(
        made.plan.title or made.file,
        told,
        (
            _cues(made.plan),
            sentences((*made.told(), *made.notices), "To be known:"),
            tag("div", table(heads, rows, numbers=numbers, label="parts"), class_="wide"),
        ),
    )


def score_report(report: "ScoreReport", *more: Markup) -> Card:
    """A score as it is heard; `more` comes first, such as its sound."""
    first, *rest = report.lines()
    heads = ("scene", "from", "planned", "heard", "loudness", "to the beat", "remarks")
    rows = [
        (s.id, clock(s.start), f"{s.bpm:g} BPM", "–" if s.tempo is None else f"{s.tempo:.1f} BPM",
         "silent" if s.loudness is None else f"{s.loudness:.1f} LUFS",
         "–" if s.beat is None else f"{1000 * s.beat:+.0f} ms", "; ".join(s.remarks))
        for s in report.scenes
    ]  # fmt: skip
    numbers = ("planned", "heard", "loudness", "to the beat")
    return Card(
        report.title,
        (first,),
        (
            *more,
            sentences(rest),
            sentences(report.notices, "To be known:"),
            tag("div", table(heads, rows, numbers=numbers, label="scenes"), class_="wide"),
        ),
    )


def sound_track(made: "FoleyTrack", *more: Markup) -> Card:
    """Sound under pictures, cue by cue; `more` comes first, such as the film."""
    outcome = {"whole": "all of it came", "part": "some of it came", "none": "none came"}
    told = (
        f"by {made.source}",
        outcome[made.outcome],
        *((f"{made.loudness:.1f} LUFS",) if made.loudness is not None else ()),
        *((f"{made.true_peak:.1f} dBTP",) if made.true_peak is not None else ()),
        *((f"{dollars(made.cost.usd)} USD",) if made.cost else ()),
    )
    heads = ("cue", "from", "seconds", "loudness", "words", "remarks")
    words = {cue.id: cue.prompt for cue in made.plan.cues}
    rows = [
        (p.cue, clock(p.start / made.sample_rate),
         f"{(p.end - p.start) / made.sample_rate:.2f}",
         "–" if p.loudness is None else f"{p.loudness:.1f} LUFS",
         tag("div", words.get(p.cue, ""), class_="clip"), "; ".join((*p.remarks, *p.notes)))
        for p in made.parts
    ]  # fmt: skip
    return Card(
        made.output,
        told,
        (
            *more,
            sentences(made.notices, "To be known:"),
            tag(
                "div",
                table(heads, rows, numbers=("seconds", "loudness"), label="cues"),
                class_="wide",
            ),
        ),
    )
