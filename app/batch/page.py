"""The page of a batch: `write_page`."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from songreel.batch.film import THUMBNAIL_FILE
from songreel.batch.record import BatchRecord, FilmRecord, Outcome, Tally
from songreel.models.files import whole
from songreel.models.money import dollars
from songreel.models.timebase import clock

_WORDS = {
    "failed": "failed", "interrupted": "interrupted", "working": "under way", "waiting": "waiting",
    "done": "in sync",
}  # fmt: skip


@dataclass(frozen=True)
class Tile:
    """One figure of the summary."""

    label: str
    figure: str
    note: str = ""
    bad: bool = False


@dataclass(frozen=True)
class Row:
    """A film as the table shows it."""

    name: str
    song: str
    state: str
    """A class of the style sheet: `failed`, `waiting`, `off`, `done`."""
    word: str
    picture: str
    """A data URL."""
    length: str = ""
    """Of the film, and its cuts."""
    verdict: str = ""
    """Of one that is not as planned."""
    look: str = ""
    took: str = ""
    stages: str = ""
    clips: str = ""
    """How many, and who made them."""
    paid: str = ""
    asked: str = ""
    told: tuple[str, ...] = ()
    """Substitutions and notices."""
    film: str = ""
    """A link."""
    report: str = ""
    error: str = ""


def write_page(record: BatchRecord, count: int, path: Path) -> None:
    """Write the page of the first `count` films of `record` to `path`; pictures are inside it.

    Raises:
        MachineError: The folder cannot be written.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    shown = record.films[:count]
    rows = sorted(
        (_row(film, path.parent) for film in shown),
        key=lambda row: _RANK.index(row.state),
    )
    environment = Environment(
        loader=FileSystemLoader(str(files("songreel.batch"))), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    text = environment.get_template("batch.html").render(
        title=path.parent.resolve().name,
        verdict=_verdict(shown),
        bad=any(row.state in ("failed", "off") for row in rows),
        tiles=_tiles(shown, next((run for run in reversed(record.runs) if run.films), None)),
        rows=rows,
        paid=any(row.paid for row in rows),
        earlier=len(record.films) - count,
        runs=[_run(run) for run in record.runs],
        notices=list(dict.fromkeys(text for run in record.runs for text in run.notices)),
    )
    with whole(path, lasting=False) as partial:
        partial.write_text(text, encoding="utf-8")


_RANK = ("failed", "interrupted", "off", "working", "waiting", "done")
"""Classes of rows, those that want attention first."""


def _row(film: FilmRecord, out: Path) -> Row:
    outcome = film.outcome
    song, state = Path(film.song).name, film.state
    asked = ", ".join(
        f"{name.replace('_', ' ')} {'+'.join(map(str, v)) if isinstance(v, tuple) else v}"
        for name, v in film.wishes.given().items()
    )
    if state != "done" or outcome is None:
        return Row(
            name=film.name, song=song, state=state, word=_WORDS[state], picture="",
            error=film.error, asked=asked, took=_took(film.took),
        )  # fmt: skip
    folder = quote(film.name)
    return Row(
        name=film.name,
        song=song,
        state="done" if outcome.ok else "off",
        word="in sync" if outcome.ok else "not as planned",
        picture=_picture(out / film.name / THUMBNAIL_FILE),
        length=f"{clock(outcome.seconds)}, {_count(outcome.cuts, 'cut')}",
        verdict="" if outcome.ok else outcome.verdict,
        look=f"{outcome.look}, {outcome.style}" if outcome.style else outcome.look,
        took=_took(film.took),
        stages=", ".join(
            f"{name} {seconds:.0f}\u00a0s" for name, seconds in outcome.timings.items()
        ),
        clips=", ".join(_by_whom(outcome)),
        paid=dollars(outcome.paid) if outcome.paid is not None else "",
        asked=asked,
        told=(*outcome.substitutions, *outcome.notices),
        film=f"{folder}/{quote(outcome.video)}",
        report=f"{folder}/{quote(outcome.report)}",
    )


def _by_whom(outcome: Outcome) -> Iterator[str]:
    """Clips by worker, and those that nobody had to make."""
    for name, number in outcome.workers.items():
        yield f"{number} by {name.replace(' ', chr(0xA0))}"
    if outcome.found:
        yield f"{outcome.found} kept from before"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _verdict(films: Sequence[FilmRecord]) -> str:
    done = [film.outcome for film in films if film.state == "done" and film.outcome]
    failed = sum(film.state == "failed" for film in films)
    off = sum(not outcome.ok for outcome in done)
    open_films = len(films) - len(done) - failed
    stand = "is" if len(films) == 1 else "are"
    parts = [f"{len(done)} of {_count(len(films), 'film')} {stand} finished"]
    if done and not off:
        parts[0] += ", all of them in sync"
    if off:
        parts.append(f"{off} not as planned")
    if failed:
        parts.append(f"{failed} failed")
    if open_films:
        parts.append(f"{open_films} to be made: run the same command again")
    return "; ".join(parts) + "."


def _tiles(films: Sequence[FilmRecord], run: Tally | None) -> list[Tile]:
    done: list[Outcome] = [f.outcome for f in films if f.state == "done" and f.outcome]
    failed = sum(film.state == "failed" for film in films)
    film_seconds = sum(outcome.seconds for outcome in done)
    found = [
        Tile("films", f"{len(done)} of {len(films)}", f"{failed} failed" if failed else "",
             bool(failed)),
        Tile("film made", clock(film_seconds), _count(sum(o.cuts for o in done), "cut")),
    ]  # fmt: skip
    instead = sum(len(outcome.substitutions) for outcome in done)
    if instead:
        found.append(Tile("stand-ins", str(instead), "clips in place of others"))
    if run is None:
        return found
    wall = run.wall
    if wall and run.films:
        speed = run.film_seconds / wall
        found.append(
            Tile(
                "this run",
                _took(wall),
                f"{_count(run.films, 'film')}; {speed:.2f} s of film a second",
            )
        )
    if run.made:
        rate = 60 * run.made / wall if wall else 0.0
        kept = f", {run.found} kept from before" if run.found else ""
        found.append(Tile("clips", str(run.made), f"{rate:.1f} a minute{kept}"))
        workers = sum(count > 0 for count in run.workers.values())
        each = run.making / run.made
        found.append(Tile("workers", str(workers), f"{each:.1f} s a clip"))
        share = run.handing / run.making if run.making else 0.0
        found.append(
            Tile(
                "handing over",
                f"{1000 * run.handing / run.made:.0f} ms",
                f"a clip, {share:.1%} of its making",
            )
        )
    paid = sum((o.paid for o in done if o.paid is not None), Decimal(0))
    if paid:
        found.append(Tile("paid", f"{dollars(paid)} USD", "for these films so far"))
    return found


def _run(run: Tally) -> str:
    when = run.began.strftime("%Y-%m-%d %H:%M UTC")
    workers = ", ".join(f"{name} ×{count}" for name, count in run.workers.items() if count)
    took = f" in {_took(run.wall)}" if run.wall > 0 else ""
    parts = [f"{when}: {_count(run.films, 'film')} finished{took} ({run.engine})"]
    if run.made:
        parts.append(f"{_count(run.made, 'clip')} made by {workers}")
    if run.found:
        parts.append(f"{_count(run.found, 'clip')} kept from before")
    return "; ".join(parts)


def _picture(path: Path) -> str:
    try:
        data = base64.b64encode(path.read_bytes()).decode("ascii")
    except OSError:
        return ""
    return f"data:image/jpeg;base64,{data}"


def _took(seconds: float | None) -> str:
    if seconds is None or seconds <= 0:
        return ""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
