"""What was heard, as text on one screen: `summary`."""

from typing import TYPE_CHECKING

from songreel.cli.console import table

if TYPE_CHECKING:
    from songreel.models.music import Analysis


def summary(found: "Analysis") -> str:
    """What a musician wants to know."""
    from songreel.analysis.page.words import doubts, facts, trust_word, trusts
    from songreel.models.timebase import clock

    track, trust = found.track, found.trust
    about = f"{clock(track.duration)}, {track.codec}, {track.sample_rate} Hz, {track.channels} ch"
    lines = [_line("song", track.title, about)]
    lines += [_line(*fact) for fact in facts(found)]
    sure = ", ".join(f"{part} {word} {value:.2f}" for part, value, word in trusts(trust))
    if found.tags:
        tags = ", ".join(f"{tag.word} {tag.score:.2f}" for tag in found.tags)
        lines.append(_line("tags", tags, found.tags[0].source))
    lines.append(_line("trust", sure, ""))
    lines += [
        "",
        f"sections  ({trust_word(trust.sections)} {trust.sections:.2f})",
        _sections(found),
    ]
    if found.events:
        events = [(clock(e.start), clock(e.end), e.kind, f"{e.strength:.2f}") for e in found.events]
        lines += ["", table(("start", "end", "event", "strength"), events)]
    said = doubts(found)
    lines += ["", *(f"note: {text}" for text in said)] if said else []
    return "\n".join(lines)


def _line(name: str, figure: str, note: str) -> str:
    return f"{name:<9} {figure}" + (f"  ({note})" if note else "")


def _sections(found: "Analysis") -> str:
    from songreel.models.timebase import clock

    columns = {
        "start": [clock(s.start) for s in found.sections],
        "length": [clock(s.end - s.start) for s in found.sections],
        "section": [s.label for s in found.sections],
        "letter": [s.letter for s in found.sections],
        "energy": ["▇" * round(1 + 9 * s.energy) for s in found.sections],
        "mood": [", ".join(s.mood.words) for s in found.sections],
    }
    if any(s.key for s in found.sections):
        columns["key"] = [str(s.key or "") for s in found.sections]
    if found.voice is not None:
        columns["voice"] = [f"{s.voice:.2f}" for s in found.sections]
    columns["trust"] = [f"{s.trust:.2f}" for s in found.sections]
    if any(s.label_trust for s in found.sections):
        columns["label"] = [f"{s.label_trust:.2f}" for s in found.sections]
    return table(tuple(columns), list(zip(*columns.values(), strict=True)))
