"""Where title and end card stand: in intro and outro, with the bars, not over what is sung."""

from typing import NamedTuple

from songreel.models.overlay import Title
from songreel.models.storyboard import Storyboard
from songreel.models.timebase import clock

SOON = 0.4
"""Seconds of picture before a title: the first cut of a film is not a card."""
READ = 2.5
"""Seconds that a card needs to be read, its fades included."""
EASY = 4.0
"""Seconds of a pause that has room for it with bars at both ends, mostly."""
LONG = 6.5
"""Seconds after which a title has been read twice."""
CLEAR = 0.3
"""Seconds between a card and what is sung."""
END_LONG, END_LONGEST = 5.0, 12.0
"""Seconds of an end card, and at most where the music stops early."""


class Card(NamedTuple):
    """A card with its place, and what is to be told about it."""

    title: Title
    notices: tuple[str, ...]


def title_card(storyboard: Storyboard, text: str, detail: str = "") -> Card:
    """A title in the intro, from a downbeat to a downbeat where the grid is trusted.

    Where singing begins at once, it stands in the first good pause of the first third.
    """
    first, last = _opening(storyboard)
    notices: tuple[str, ...] = ()
    if last - first < READ:
        third = storyboard.track.duration / 3
        gaps = [gap for gap in _gaps(storyboard) if gap[0] < third and gap[1] - gap[0] >= READ]
        if gaps:
            wide = [gap for gap in gaps if gap[1] - gap[0] >= EASY]
            first, last = wide[0] if wide else max(gaps, key=lambda gap: gap[1] - gap[0])
        else:
            first, last = SOON, SOON + READ
            notices = (
                f'the title "{text}" stands over what is sung: no pause of {READ:g} s in the first '
                f"third of the song ({clock(third)})",
            )
    start, end = _with_bars(storyboard, first, last)
    return Card(_card("title", text, detail, start, end, storyboard), notices)


def end_card(storyboard: Storyboard, text: str, detail: str = "") -> Card:
    """An end card from a downbeat in the outro to the film's end."""
    duration = storyboard.track.duration
    sung = [end for _, end in _sung(storyboard)]
    outro = storyboard.sections[-1].start if storyboard.sections[-1].label == "outro" else 0.0
    earliest = max(outro, (max(sung) + CLEAR) if sung else 0.0, duration - END_LONGEST)
    notices: tuple[str, ...] = ()
    if duration - earliest < READ:
        earliest = max(0.0, duration - READ - 1)
        notices = (f'the end card "{text}" stands over what is sung: it ends the song',)
    wanted = max(earliest, duration - END_LONG)
    bars = [t for t in _downbeats(storyboard) if earliest <= t <= duration - READ]
    start = min(bars, key=lambda t: abs(t - wanted), default=wanted)
    return Card(_card("end", text, detail, start, duration, storyboard), notices)


def re_placed(before: Storyboard, after: Storyboard) -> tuple[Title, ...]:
    """The cards of `after`, a plan whose grid was corrected.

    Those that stood with the bars of `before` stand with the new ones; what a person moved stays.
    """
    placed = []
    for card in after.titles:
        place = title_card if card.kind == "title" else end_card
        was = place(before, card.text, card.detail).title
        placed.append(place(after, card.text, card.detail).title if card == was else card)
    return tuple(sorted(placed, key=lambda card: card.start))


def _card(
    kind: str, text: str, detail: str, start: float, end: float, storyboard: Storyboard
) -> Title:
    last = min(end, storyboard.track.duration)
    return Title.model_validate(
        {
            "kind": kind,
            "text": text,
            "detail": detail,
            "start": round(max(0.0, start), 6),
            "seconds": round(min(max(last - start, 0.5), 30.0), 6),
        }
    )


def _opening(storyboard: Storyboard) -> tuple[float, float]:
    """From the song's start to where the intro ends or singing begins."""
    head = storyboard.sections[0]
    last = head.end if head.label in ("intro", "silence") else min(8.0, head.end)
    sung = [start for start, _ in _sung(storyboard)]
    if sung:
        last = min(min(sung) - CLEAR, max(last, SOON + LONG))
    return SOON, last


def _with_bars(storyboard: Storyboard, first: float, last: float) -> tuple[float, float]:
    """The stretch of [first, last] that begins and ends on downbeats, phrases of bars rather."""
    bars = [t for t in _downbeats(storyboard) if first - 1e-6 <= t <= last + 1e-6]
    ways = [
        (k, a, b)
        for i, a in enumerate(bars[:4])
        for k, b in enumerate(bars[i + 1 :], start=1)
        if READ <= b - a <= LONG
    ]
    if not ways:
        return first, min(last, first + (READ + LONG) / 2)
    # Four bars are a phrase, two half of one; then the earlier, then the longer.
    best = min(ways, key=lambda way: (_odd(*way), way[1], -way[2]))
    return best[1], best[2]


def _odd(bars: int, start: float, end: float) -> int:
    """How odd a length is: a hasty one more than one that is no part of a phrase."""
    return 3 * (end - start < EASY - 0.5) + (0 if bars % 4 == 0 else bars % 2 + 1)


def _downbeats(storyboard: Storyboard) -> tuple[float, ...]:
    """Of the grid, where it is trusted, and carried on over a pickup to the song's start."""
    grid = storyboard.grid
    if not storyboard.beat_locked or not grid.downbeats:
        return ()
    before: list[float] = []
    index = grid.downbeats[0] - grid.beats_per_bar
    while (time := grid.time_at(index)) >= SOON:
        before.insert(0, time)
        index -= grid.beats_per_bar
    return (*before, *grid.downbeat_times)


def _sung(storyboard: Storyboard) -> list[tuple[float, float]]:
    """(start, end) seconds of the lines that are known to be sung."""
    lyrics = storyboard.lyrics
    if lyrics is None or not lyrics.timed:
        return []
    return [(span.start, span.end) for span in lyrics.word_spans()]


def _gaps(storyboard: Storyboard) -> list[tuple[float, float]]:
    """Pauses between what is sung."""
    gaps: list[tuple[float, float]] = []
    free = SOON
    for start, end in _sung(storyboard):
        if start - CLEAR > free:
            gaps.append((free, start - CLEAR))
        free = max(free, end + CLEAR)
    gaps.append((free, storyboard.track.duration))
    return gaps
