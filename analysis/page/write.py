"""`write_page`: one HTML file with the song in it, that asks nothing of the network."""

import re
from base64 import b64encode
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from songreel.analysis.page.audio import Peaks, clips
from songreel.analysis.page.data import hue, page_data
from songreel.analysis.page.words import Fact, doubts, facts, trust_word, trusts
from songreel.models.errors import InvalidInput
from songreel.models.files import whole
from songreel.models.music import Analysis
from songreel.models.sound import Sound
from songreel.models.timebase import clock


def checked(path: Path) -> None:
    """Refuse a name that no browser opens as a page.

    Raises:
        InvalidInput: It does not end in .html.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise InvalidInput(f"cannot write the page to {path}: its name must end in .html")


def write_page(analysis: Analysis, sound: Sound, path: Path) -> None:
    """Write the page of what was heard, with the song as Opus inside it.

    Args:
        analysis: Of `sound`.
        sound: Decoded once more.
        path: Ends in .html.

    Raises:
        InvalidInput: The path ends otherwise.
        MachineError: The file cannot be written.
    """
    checked(path)
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    peaks = Peaks(sound.track.sample_rate)
    coded = [b64encode(clip).decode() for clip in clips(sound, peaks)]
    text = environment.get_template("page.html").stream(
        title=analysis.track.title,
        about=_about(analysis),
        facts=[Fact(f.name, _typeset(f.figure), _typeset(f.note)) for f in facts(analysis)],
        trusts=trusts(analysis.trust),
        doubts=doubts(analysis),
        sections=[_row(analysis, index) for index in range(len(analysis.sections))],
        events=[(e.kind, e.start, clock(e.start), clock(e.end), e.strength)
                for e in analysis.events],
        cues=analysis.mood.cues,
        tags=analysis.tags,
        methods=sorted(analysis.methods.items()),
        data=page_data(analysis, peaks.columns(), len(coded)),
        clips=coded,
        style=(folder / "page.css").read_text(encoding="utf-8"),
        script="".join((folder / name).read_text(encoding="utf-8")
                       for name in ("player.js", "view.js", "page.js")),
    )  # fmt: skip
    with whole(path) as partial, partial.open("wb") as file:
        text.dump(file, encoding="utf-8")


def _about(analysis: Analysis) -> str:
    track = analysis.track
    sides = {1: "mono", 2: "stereo"}.get(track.channels, f"{track.channels} channels")
    return f"{clock(track.duration)[:-3]}, {track.codec}, {track.sample_rate} Hz, {sides}"


def _typeset(text: str) -> str:
    """`text` with its hyphens before digits as minus signs."""
    return re.sub(r"-(?=\d)", "−", text)


def _row(analysis: Analysis, index: int) -> dict[str, Any]:
    """One section in the table."""
    section = analysis.sections[index]
    grid = analysis.grid
    bars = sum(section.start - 1e-6 <= time < section.end - 1e-6 for time in grid.downbeat_times)
    return {
        "start": section.start,
        "time": clock(section.start),
        "label": section.label,
        "letter": section.letter,
        "hue": hue(section.letter),
        "length": f"{bars} bar{'' if bars == 1 else 's'}" if bars
                  else f"{section.end - section.start:.1f} s",
        "energy": section.energy,
        "voice": section.voice if analysis.voice is not None else None,
        "key": str(section.key) if section.key else "",
        "words": ", ".join(section.mood.words),
        "trust": trust_word(section.trust),
        "label_trust": trust_word(section.label_trust or section.trust),
    }  # fmt: skip
