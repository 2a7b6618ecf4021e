"""Cards of what came out: `sync_report`, `clip`, and a line on sync for films."""

from typing import TYPE_CHECKING

from songreel.models.money import dollars
from songreel.models.shown import lanes
from songreel.models.shown.card import Card
from songreel.models.shown.markup import Markup, facts, folded, joined, sentences, table, tag
from songreel.models.timebase import clock, rate_name

if TYPE_CHECKING:
    from songreel.models.clip import Clip
    from songreel.models.render import SyncReport

ROWS = 120


def verdict(report: "SyncReport") -> Markup:
    """Whether every claim of the edit held, in words and not in colour alone."""
    if report.ok:
        return tag("span", "in sync" if report.beat_locked else "as planned", class_="good")
    return tag("span", "not as planned", class_="bad")


def measured(report: "SyncReport") -> dict[str, object]:
    """What was measured, by name."""
    told = [cut for cut in report.cuts if cut.found is not None]
    on = sum(cut.found == cut.planned for cut in told)
    offset = "silent" if report.audio_offset is None else f"{report.audio_offset} samples"
    found: dict[str, object] = {
        "cuts on their frame": f"{on} of {len(told)} that can be seen",
        "sound": "every sample as in the song" if report.audio_exact else f"offset {offset}",
        "frames": f"{report.frames_found} of {report.frames_expected}",
        "picture": f"{report.spec.width} × {report.spec.height}, {rate_name(report.spec.rate)}",
    }
    if report.proof is not None:
        found["beyond chance"] = f"z = {report.proof.z:.1f}"
    if report.follows is not None:
        found["cuts follow energy"] = f"ρ = {report.follows:+.2f}"
    return found


def sync_report(report: "SyncReport") -> Card:
    """A film as it was measured."""
    facts_told = measured(report)
    worst = [cut for cut in report.cuts if cut.error is not None]
    heads = ("shot", "begins with", "meant for", "planned", "found", "off")
    rows = [
        (cut.shot, cut.reason.value, clock(cut.target), cut.planned,
         "not to be seen" if cut.found is None else cut.found,
         "" if cut.error is None else f"{1000 * cut.error:+.0f} ms")
        for cut in report.cuts[:ROWS]
    ]  # fmt: skip
    faults = [f"{f.kind}, frames {f.start} to {f.end}: {f.detail}" for f in report.faults]
    most = max((abs(cut.error or 0.0) for cut in worst), default=0.0)
    line = ("in sync" if report.beat_locked else "as planned") if report.ok else "not as planned"
    return Card(
        report.video,
        (line, f"cuts at most {1000 * most:.0f} ms from the music", *_pace(report)),
        (
            joined((verdict(report), " measured on the decoded file")),
            facts(facts_told),
            _errors(report),
            sentences(faults, "Faults:"),
            sentences((*report.substitutions, *report.notices), "To be known:"),
            folded(f"{len(report.cuts)} cuts", tag("div", table(
                heads, rows, numbers=("planned", "found", "off"), label="cuts"), class_="wide")),
        ),
    )  # fmt: skip


def _pace(report: "SyncReport") -> tuple[str, ...]:
    seconds = report.frames_found / report.spec.rate
    return (f"{len(report.cuts)} cuts in {lanes.short(float(seconds))}",)


def _errors(report: "SyncReport") -> Markup | None:
    """Each cut's distance from its musical moment, over time."""
    told = [(cut.target, cut.error) for cut in report.cuts if cut.error is not None]
    if not told:
        return None
    whole = float(report.frames_found / report.spec.rate)
    frame = float(1 / report.spec.rate)
    reach = max(2 * frame, *(abs(error) for _, error in told))
    dots = [
        tag("path", d=f"M{1000 * time / whole:.1f},{50 - 42 * error / reach:.1f}h0.01",
            stroke="oklch(0.62 0.12 250)", stroke_width=6, stroke_linecap="round",
            vector_effect="non-scaling-stroke")
        for time, error in told
    ]  # fmt: skip
    zero = tag("path", d="M0,50H1000", stroke="currentColor", opacity=0.5,
               vector_effect="non-scaling-stroke")  # fmt: skip
    label = (
        f"cuts against the music, up is late: {1000 * min(e for _, e in told):+.0f} to "
        f"{1000 * max(e for _, e in told):+.0f} ms, a frame is {1000 * frame:.0f} ms"
    )
    drawn = tag("svg", tag("title", label), zero, *dots, viewBox="0 0 1000 100", role="img",
                preserveAspectRatio="none", aria_label=label)  # fmt: skip
    lane = tag("div", drawn, class_="lane tall")
    return joined((lanes.lanes((("cuts", lane), ("", lanes.axis(whole)))),
                   tag("p", label, class_="small")))  # fmt: skip


def clip(found: "Clip") -> Card:
    """A clip, without its pictures: the document does not know where it lies."""
    seconds = float(found.frames / found.rate)
    told = (
        f"{seconds:.2f} s",
        f"{found.width} × {found.height}, {rate_name(found.rate)}",
        f"by {found.provider}{f' ({found.model})' if found.model else ''}",
        *((f"{dollars(found.cost.usd)} USD",) if found.cost else ()),
    )
    request = found.request
    return Card(
        found.file,
        told,
        (
            joined((lanes.swatches(request.palette), " ", tag("b", request.motif))),
            tag("p", request.prompt) if request.prompt else None,
            facts({"camera": request.camera.value, "size": request.size.value,
                   "energy": f"{request.energy:.2f}", "seed": request.seed,
                   "request": tag("code", request.fingerprint[:8])}),
            sentences((found.substitution,), "Stands in:") if found.substitution else None,
            sentences(found.faults, "Faults:"),
            sentences((*found.remarks, *found.notes), "To be known:"),
        ),
    )  # fmt: skip
