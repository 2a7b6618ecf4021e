"""Cards of what is planned: `storyboard`, `look`, `colours`, `timeline`."""

from itertools import groupby
from typing import TYPE_CHECKING

from songreel.models.shown import lanes
from songreel.models.shown.card import Card
from songreel.models.shown.markup import Markup, facts, folded, joined, sentences, table, tag
from songreel.models.timebase import clock, frame_time, rate_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songreel.models.storyboard import Look, Oklch, Shot, Storyboard
    from songreel.models.timeline import Cut, Timeline

ROWS = 120
"""Shots of which a table tells; a song of five minutes has about that many."""


def storyboard(plan: "Storyboard") -> Card:
    """The plan: its form, its shots with their bars, pictures and words."""
    whole = plan.track.duration
    spans = [
        (a, b, "", f"{shot.id}, bar {shot.at}, {b - a:.2f} s: {shot.motif}", telling(shot))
        for shot, (a, b) in zip(plan.shots, plan.spans, strict=True)
    ]
    strip = lanes.lanes(
        (
            ("sections", lanes.sections(plan.sections, whole)),
            ("shots", lanes.blocks(spans, whole, f"{len(spans)} shots in their colours")),
            ("beats", lanes.ticks(plan.grid.beats, plan.grid.downbeat_times, whole, "beats")),
            ("", lanes.axis(whole)),
        )
    )
    locked = sum(shot.locked for shot in plan.shots)
    told = (
        f"{len(plan.shots)} shots",
        lanes.short(whole),
        f"look {plan.look.name}",
        f"style {plan.style}",
        f"seed {plan.seed}",
        "cuts on beats" if plan.beat_locked else "cuts not locked to beats",
        *((f"{locked} locked",) if locked else ()),
    )
    return Card(
        plan.track.title,
        told,
        (
            joined((lanes.swatches(plan.look.palette), " ", tag("span", plan.look.world))),
            strip,
            sentences(plan.notices, "To be known:"),
            _shots(plan),
        ),
    )


def _shots(plan: "Storyboard") -> Markup:
    heads = ("shot", "at", "from", "seconds", "begins with", "camera", "colours", "picture")
    rows: list[Markup] = []
    pairs = list(zip(plan.shots, plan.spans, strict=True))
    for index, group in groupby(pairs[:ROWS], key=lambda pair: pair[0].section):
        section, members = plan.sections[index], list(group)
        said = f"{section.label} {section.letter}, from {clock(section.start)}"
        cell = tag("td", said, " ", lanes.meter(section.energy, "energy"), colspan=len(heads),
                   style=f"background:{lanes.tint(section.letter)};padding-left:6px")  # fmt: skip
        rows.append(tag("tr", cell, class_="group"))
        rows += [_row(shot, span) for shot, span in members]
    head = tag("tr", *(tag("th", h, scope="col") for h in heads))
    whole = tag("table", tag("thead", head), tag("tbody", *rows), aria_label="shots by section")
    left = len(pairs) - ROWS
    more = tag("p", f"and {left} more, in `.shots`", class_="small") if left > 0 else None
    return joined((tag("div", whole, class_="wide"), more))


def _row(shot: "Shot", span: tuple[float, float]) -> Markup:
    marks = ["locked"] * shot.locked
    marks += [f"repeats {shot.rhymes_with}"] if shot.rhymes_with else []
    marks += [f"from {shot.provider}"] if shot.provider else []
    marks += [cue.effect for cue in shot.effects if not cue.wearable]
    kind = str(shot.transition.kind)
    begins = shot.reason.value if kind == "cut" else f"{shot.reason.value}, {kind}"
    words = tag("div", tag("b", shot.motif), " ", shot.prompt, class_="clip", title=shot.prompt)
    small = tag("div", ", ".join(marks), class_="small") if marks else None
    return tag(
        "tr",
        tag("td", shot.id),
        tag("td", shot.at),
        tag("td", clock(span[0])),
        tag("td", f"{span[1] - span[0]:.2f}"),
        tag("td", begins),
        tag("td", f"{shot.size.value}, {shot.camera.value}"),
        tag("td", lanes.swatches(shot.palette)),
        tag("td", words, small),
    )


def telling(shot: "Shot") -> str:
    """A shot's colour, as CSS: of its palette, which goes from dark to light, as its energy."""
    return lanes.css(shot.palette[round(shot.energy * (len(shot.palette) - 1))])


def look(found: "Look") -> Card:
    """What every shot of a film has in common."""
    return Card(
        found.name,
        (found.world,),
        (
            lanes.swatches(found.palette, "large"),
            facts({"medium": found.medium, "light": found.light, "lens": found.lens}),
            folded(f"{len(found.motifs)} motifs, calm first", sentences(found.motifs)),
            tag("p", f"never: {found.negative}", class_="small") if found.negative else None,
        ),
    )


def colour(one: "Oklch") -> Card:
    """A colour."""
    return Card("colour", (lanes.css(one),), (lanes.swatches((one,), "large"),))


def colours(palette: "Sequence[Oklch]") -> Card:
    """A palette."""
    told = (f"{len(palette)} colours", ", ".join(lanes.css(one) for one in palette))
    return Card("palette", told, (lanes.swatches(palette, "large"),))


def timeline(edit: "Timeline") -> Card:
    """The edit decision list, in frames."""
    whole = frame_time(edit.frames, edit.rate)
    spans = [
        (frame_time(cut.start, edit.rate), frame_time(cut.end, edit.rate), cut.shot,
         f"{cut.shot}, frames {cut.start} to {cut.end}, {cut.reason.value}",
         "color-mix(in oklab,currentColor 14%,transparent)" if i % 2 else "")
        for i, cut in enumerate(edit.cuts)
    ]  # fmt: skip
    heads = ("shot", "frames", "from", "length", "begins with", "clip", "from frame", "meant for")
    rows = [_cut(cut, edit) for cut in edit.cuts[:ROWS]]
    left = len(edit.cuts) - ROWS
    told = (
        f"{len(edit.cuts)} cuts",
        f"{edit.frames} frames at {rate_name(edit.rate)}",
        f"{edit.width} × {edit.height}",
        "locked to beats" if edit.beat_locked else "not locked to beats",
    )
    return Card(
        "edit",
        told,
        (
            lanes.lanes((("cuts", lanes.blocks(spans, whole, f"{len(spans)} cuts")),
                         ("", lanes.axis(whole)))),
            sentences(edit.notices, "To be known:"),
            tag("div", table(heads, rows, numbers=("length", "from frame"), label="cuts"),
                class_="wide"),
            tag("p", f"and {left} more, in `.cuts`", class_="small") if left > 0 else None,
        ),
    )  # fmt: skip


def _cut(cut: "Cut", edit: "Timeline") -> tuple[object, ...]:
    kind = str(cut.transition)
    begins = cut.reason.value if kind == "cut" else f"{cut.reason.value}, {kind}"
    late = frame_time(cut.start, edit.rate) - cut.target
    return (
        cut.shot, f"{cut.start}–{cut.end - 1}", clock(frame_time(cut.start, edit.rate)),
        f"{cut.end - cut.start} f", begins, cut.clip, cut.source,
        f"{clock(cut.target)} ({1000 * late:+.0f} ms)",
    )  # fmt: skip
