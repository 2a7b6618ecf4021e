"""The sync report in a sentence and in a handful of figures: `verdict`, `tiles`."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from songreel.assembly.chart import signed
from songreel.assembly.check import AAC_OFFSET, DRIFT
from songreel.assembly.edit import FLASHES_PER_SECOND
from songreel.models.render import SyncReport
from songreel.models.timebase import clock, rate_name
from songreel.models.transition import AT_ONCE

LUCK = 3.0
"""Standard deviations above random edits from which an edit is no luck."""
_SOUND = {"mp4": "AAC", "mkv": "FLAC", "mov": "PCM"}
_PICTURE = {"mp4": "H.264", "mkv": "H.264", "mov": "ProRes 422 HQ"}


@dataclass(frozen=True)
class Tile:
    """One figure of the summary."""

    label: str
    figure: str
    note: str
    good: bool


def verdict(report: SyncReport) -> str:
    """The report in one sentence."""
    if not report.ok:
        first = report.notices[0] if report.notices else "see below"
        return f"Not as planned: {first}."
    if report.audio_exact:
        sound = "the sound is the song, bit for bit"
    elif report.audio_offset is None:
        sound = "the song is silent"
    elif report.audio_offset:
        sound = f"the sound is {abs(report.audio_offset)} samples from the song's place"
    else:
        sound = "the sound is where the song has it, to the sample"
    told = [cut for cut in report.cuts if cut.found is not None]
    hard = sum(cut.transition in AT_ONCE for cut in told)
    fades = len(told) - hard
    parts = []
    if hard:
        cuts = f"all {hard} cuts that can be seen are" if hard > 1 else "its cut is"
        early = ", a hair before the beat and never after it" if report.beat_locked else ""
        parts.append(f"{cuts} on the planned frame{early}")
    if fades:
        parts.append(
            f"{fades} fades turn where planned" if fades > 1 else "one fade turns where planned"
        )
    if not parts:
        return f"The film is whole, and {sound}."
    return f"In sync: {', '.join(parts)}, and {sound}."


def told_once(substitutions: Sequence[str]) -> list[str]:
    """Substitutions for a terminal: of those with the same reason the first, and whose it is too.

    A service that is down is one piece of news, not one for each shot.
    """
    alike: dict[str, list[str]] = {}
    for text in substitutions:
        alike.setdefault(text.rpartition(", because ")[2], []).append(text)
    lines = []
    for texts in alike.values():
        others = [text.partition(":")[0] for text in texts[1:]]
        shown = ", ".join(others[:8]) + (f" and {len(others) - 8} more" if len(others) > 8 else "")
        lines.append(texts[0] + (f"; the same for {shown}, see the report" if others else ""))
    return lines


def tiles(report: SyncReport) -> list[Tile]:
    """The figures of the summary, those that went wrong marked so."""
    told = [cut for cut in report.cuts if cut.found is not None]
    sharp = [cut for cut in told if cut.transition in AT_ONCE]
    hits = sum(cut.found == cut.planned for cut in sharp)
    hidden, fades = len(report.cuts) - len(told), len(told) - len(sharp)
    notes = [f"and {fades} fade{'s' if fades > 1 else ''}, by their middle"] if fades else []
    notes += [f"{hidden} between pictures too alike to tell"] if hidden else []
    hard = [cut.error for cut in sharp if cut.error is not None]
    rate = float(report.spec.rate)
    seconds = report.frames_found / rate
    beyond = seconds - report.samples_found / report.sample_rate
    lag = report.audio_offset
    errors = f"{signed(1000 * min(hard), 0)} to {signed(1000 * max(hard), 0)}" if hard else ""
    return [
        Tile(
            "cuts on their frame",
            f"{hits} of {len(sharp)}" if sharp else "no hard cut",
            "; ".join(notes) or "measured in the file",
            hits == len(sharp),
        ),
        Tile(
            "cut against beat",
            signed(1000 * fmean(hard), 0) if hard else "none",
            f"{errors}; a frame is {1000 / rate:.1f} ms" if hard else "no hard cut to measure",
            not report.beat_locked
            or all(-1e-6 < -(error * rate + report.spec.lead) < 1 + 1e-6 for error in hard),
        ),
        Tile(
            "sound against song",
            _lag(lag),
            "bit for bit" if report.audio_exact else "at its start, middle and end",
            lag is None or abs(lag) <= AAC_OFFSET,
        ),
        Tile(
            "drift over the film",
            "none" if not report.audio_drift else f"{report.audio_drift:+d} samples",
            "last 10 s against first 10 s",
            abs(report.audio_drift or 0) <= DRIFT,
        ),
        *_luck(report),
        Tile(
            "length",
            clock(seconds),
            f"{report.frames_found} frames, {1000 * beyond:.0f} ms past the last sample",
            report.frames_found == report.frames_expected
            and report.samples_found == report.samples_expected,
        ),
        Tile(
            "file",
            f"{report.spec.width}×{report.spec.height}",
            f"{rate_name(report.spec.rate)} fps, {_PICTURE[report.spec.format]} + "
            f"{_SOUND[report.spec.format]} {report.sample_rate / 1000:g} kHz",
            True,
        ),
    ]


def _luck(report: SyncReport) -> list[Tile]:
    """How far from luck the cuts are, and how far from harm the light is."""
    found = []
    if report.proof is not None:
        peak = 1000 * report.proof.peak
        best = "within a frame" if report.proof.locked else f"at {signed(peak, 0)}"
        found.append(
            Tile(
                "not by luck",
                f"{report.proof.z:.1f} σ",
                f"above 1,000 random edits; best {best}",
                not report.beat_locked or (report.proof.z >= LUCK and report.proof.locked),
            )
        )
    if report.flashes is not None:
        most = f"{report.flashes} in a second"
        safe = report.flashes <= FLASHES_PER_SECOND
        found.append(
            Tile("flashes", most if report.flashes else "none", "3 at most are safe", safe)
        )
    return found


def _lag(samples: int | None) -> str:
    if samples is None:
        return "silent"
    return f"{samples:+d} samples".replace("-", "−") if samples else "0 samples"
