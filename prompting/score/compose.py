"""Parts of a film to a `ScorePlan`: one band, one tempo, one growth."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from songreel.models.score import ScoreCue, ScorePlan
from songreel.prompting.score.arc import Arc, energies
from songreel.prompting.score.genres import Genre, genre_for, genres
from songreel.prompting.score.keys import is_major, key_for, relative
from songreel.prompting.score.moods import Place, words_for
from songreel.prompting.score.parts import Film, Part
from songreel.prompting.score.telling import told_energy, told_tempo
from songreel.prompting.score.tempo import TOLERANCE, fit_tempo, tempo_for
from songreel.prompting.score.wording import Line, band, joined, role, shown, worded

_NEUTRAL: Place = (0.1, 0.0)
_SAID = 3
"""Phrases of a text about music, beside genre, instruments and mood, that a prompt repeats."""
_AGAINST = 0.3
"""Valence beyond which a mood is of the other mode than the film's."""
_LONG = 8.0
"""Seconds under which a change of mode would be over before it is heard."""


class Band(NamedTuple):
    """Who plays the film."""

    name: str
    genre: Genre
    told: str
    """As it stands in every prompt."""
    reason: str


def compose(
    parts: Sequence[Part],
    film: Film,
    *,
    seed: int,
    arc: Arc = "build",
    tolerance: float = TOLERANCE,
    flex: float = 0.0,
    reasons: Sequence[str] = (),
) -> ScorePlan:
    """The plan of a score; arguments as of `songreel.prompting.score.plan.plan_score`."""
    moods = _moods(parts, film)
    lengths = [part.seconds for part in parts]
    total = sum(lengths)
    valence, arousal = (
        sum(mood[axis] * s for mood, s in zip(moods, lengths, strict=True)) / total
        for axis in (0, 1)
    )
    playing = _band(parts, film, (valence, arousal))
    given = film.bpm or film.music.bpm
    wanted = given or tempo_for(arousal, *playing.genre.tempo)
    own = [part.bpm or part.music.bpm for part in parts]
    edges, names = _edges(parts, own, film)
    fitted = fit_tempo(edges, wanted, film.meter, flex if given else tolerance) if edges else None
    bpm = fitted.bpm if fitted else wanted
    keys, key_reason = _keys(parts, film, moods, (valence, arousal), seed)
    levels = energies(lengths, [mood[1] for mood in moods], [part.energy for part in parts], arc)
    said = [playing.reason]
    if fitted:
        said += told_tempo(
            fitted,
            names,
            wanted=wanted,
            given=film.why if given else "",
            edges=edges,
            meter=film.meter,
            arousal=arousal,
            kind=playing.name,
            pace=playing.genre.tempo,
        )
    said += [key_reason, told_energy([part.id for part in parts], levels, arc)]
    if all(part.mood is None and part.music.mood is None for part in parts) and not film.music.mood:
        said.append("no mood is named: the music is neither bright nor dark; name one to change it")
    said += list(dict.fromkeys([*film.music.dropped, *(d for p in parts for d in p.music.dropped)]))
    prompts = _prompts(parts, film, playing, moods, levels, [b or bpm for b in own], keys, arc)
    return ScorePlan(
        title=film.title,
        seed=seed,
        first_downbeat=film.first_downbeat,
        reasons=(*reasons, *said),
        cues=tuple(
            ScoreCue(
                id=part.id,
                seconds=part.seconds,
                prompt=prompts[n],
                bpm=own[n] or bpm,
                key=keys[n],
                meter=film.meter,
                energy=levels[n],
                mood=(round(moods[n][0], 4), round(moods[n][1], 4)),
            )
            for n, part in enumerate(parts)
        ),
    )


def _moods(parts: Sequence[Part], film: Film) -> list[Place]:
    usual = film.music.mood or _NEUTRAL
    return [part.mood or part.music.mood or usual for part in parts]


def _band(parts: Sequence[Part], film: Film, mood: Place) -> Band:
    """One band: the list's genre, or else the one most scenes ask for, or one for the mood."""
    if film.music.genre:
        name = film.music.genre
        return Band(name, genres()[name], film.music.told or genres()[name].name,
                    f"{name} throughout, as asked for")  # fmt: skip
    asked: Counter[str] = Counter()
    for part in parts:
        if part.music.genre:
            asked[part.music.genre] += round(part.seconds * 1000)
    if asked:
        name = asked.most_common(1)[0][0]
        told = next(part.music.told for part in parts if part.music.genre == name)
        others = ", ".join(sorted(set(asked) - {name}))
        reason = f"{name} throughout, as most of the film asks for it"
        reason += f"; {others} is only a colour in its scenes, as one band plays" if others else ""
        return Band(name, genres()[name], told or genres()[name].name, reason)
    name = genre_for(mood)
    return Band(name, genres()[name], genres()[name].name,
                f"{name} throughout: it serves the film's mood best (valence {mood[0]:+.2f}, "
                f"arousal {mood[1]:+.2f}); name a genre under `music` to change it")  # fmt: skip


def _edges(
    parts: Sequence[Part], own: Sequence[float | None], film: Film
) -> tuple[list[float], list[str]]:
    """Boundaries of the parts that play at the film's tempo, after a downbeat, and their names."""
    edges: list[float] = []
    names: list[str] = []
    began = film.first_downbeat
    ends = np.cumsum([part.seconds for part in parts])
    for n in range(len(parts)):
        if own[n] is None:
            edges.append(float(ends[n]) - began)
            names.append(parts[n + 1].id if n + 1 < len(parts) else "")
        else:
            began = float(ends[n])  # The next part begins a bar of its own.
    return edges, names


def _keys(
    parts: Sequence[Part], film: Film, moods: Sequence[Place], mood: Place, seed: int
) -> tuple[list[str], str]:
    """A key for each part, and why."""
    given = film.key or film.music.key
    if given:
        home, reason = given, f"{given}, as given"
    else:
        home = key_for(*mood, seed)
        side = "major as the film is bright" if is_major(home) else "minor as the film is dark"
        if abs(mood[0]) <= 0.1:
            side = (
                f"{'major' if is_major(home) else 'minor'}, the film being neither bright nor dark"
            )
        reason = f"{home}: {side} (valence {mood[0]:+.2f})"
    keys = [part.key or part.music.key or home for part in parts]
    if given:
        return keys, reason
    turned: list[str] = []
    other = relative(home)
    for first, last in _stretches(moods, major=is_major(home)):
        free = [n for n in range(first, last) if not (parts[n].key or parts[n].music.key)]
        if sum(parts[n].seconds for n in range(first, last)) >= _LONG and last - first < len(parts):
            for n in free:
                keys[n] = other
                turned.append(parts[n].id)
    if turned:
        reason += (
            f"; {other}, which has the same notes, in {', '.join(turned)}, whose mood is "
            f"{'dark' if is_major(home) else 'bright'}"
        )
    return keys, reason


def _stretches(moods: Sequence[Place], *, major: bool) -> list[tuple[int, int]]:
    """Runs of parts whose mood is of the other mode: (first, last + 1)."""
    against = [v < -_AGAINST if major else v > _AGAINST for v, _ in moods]
    runs: list[tuple[int, int]] = []
    for n, yes in enumerate(against):
        if yes and n and against[n - 1]:
            runs[-1] = (runs[-1][0], n + 1)
        elif yes:
            runs.append((n, n + 1))
    return runs


def _prompts(
    parts: Sequence[Part],
    film: Film,
    playing: Band,
    moods: Sequence[Place],
    levels: Sequence[float],
    tempi: Sequence[float],
    keys: Sequence[str],
    arc: Arc,
) -> list[str]:
    """A prompt for each part; who has come in stays, unless it gets quieter."""
    least, most = min(levels), max(levels)
    top = max(range(len(levels)), key=lambda n: (levels[n], n))
    extra: list[str] = []
    before: tuple[str, ...] = ()
    total = sum(part.seconds for part in parts)
    whole = tuple(
        sum(m[k] * p.seconds for m, p in zip(moods, parts, strict=True)) / total for k in (0, 1)
    )
    prompts = []
    for n, part in enumerate(parts):
        own = list(part.music.instruments)
        extra += [i for i in own if i not in extra and i not in film.music.instruments]
        if part.music.alone:
            players: tuple[str, ...] = tuple(own)
            extra = [i for i in extra if i not in own]
        else:
            players = band(film.music.instruments, playing.genre.layers, levels[n], extra)
        joining = joined(players, before) if n else []
        rest = [*film.music.rest[:_SAID], *part.music.rest[:_SAID]]
        if part.music.told and part.music.genre not in (None, playing.name):
            rest.append(f"{part.music.told} elements")
        words = part.words or part.music.mood_words or film.music.mood_words or words_for(moods[n])
        # How it plays goes with the film; its words are the scene's own.
        leaning = (moods[n][0] + whole[0]) / 2, (moods[n][1] + whole[1]) / 2
        finale = arc == "build" and n == top and len(parts) > 1 and not part.music.alone
        level = least if part.music.alone else levels[n]
        line = Line(
            genre=playing.told,
            instruments=shown(players, joining, len(film.music.instruments)),
            joining=joining,
            moods=words[:3],
            role=part.function or role(level, least, most, leaning, finale=finale),
            rest=rest,
            bpm=tempi[n],
            key=keys[n],
            meter=film.meter,
        )
        prompts.append(worded(line))
        before = players
    return prompts
