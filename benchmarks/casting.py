"""Casting of whole films: this casting beside the choice shot by shot and one by chance.

    python benchmarks/casting.py SONG... [--look NAME]... [--motifs TEXT]... [--film]

SONG is a sound file, or an analysis that `songreel analyze SONG --json` wrote. Every look that
ships is planned where none is named. `--motifs` adds a look of one's own with these pictures,
whose words the scenes do not know. `--film` prints the whole casting.

- commonest: share of the film's shots that show its commonest scene;
- scenes: distinct ones;
- beside: share of the cuts between different pictures on both sides of which is one scene;
- call-backs: share of the shots that repeat an earlier one (equal motif, kindred seed) and show
  its scene; and of those, the share in a later chorus that are set as it was;
- second: share of the scenes that a verse and its return both show that are set otherwise in the
  return;
- named: share of the shots whose motif names a scene and that show it.

Shot by shot is what the built-in visuals did before they were cast: the scene with most words of
the motif, else of the prompt, ties by seed.
"""

import argparse
import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from songreel.analysis.analyze import analyze
from songreel.analysis.audio import open_sound
from songreel.generation.requests import requests
from songreel.generation.visuals.breakdown import Shot, break_down, named
from songreel.generation.visuals.casting import Casting, cast
from songreel.generation.visuals.registry import scenes
from songreel.models.clip import ClipRequest
from songreel.models.music import Analysis
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Look
from songreel.prompting.looks import find_look, looks
from songreel.prompting.plan import plan

KNOWN = scenes()
Requests = Mapping[str, ClipRequest]
Rule = Callable[[Requests], Mapping[str, Casting]]


def shot_by_shot(asked: Requests) -> dict[str, Casting]:
    """Words of the motif, else of the prompt, ties by seed; settings were not there."""

    def matches(text: str, words: Sequence[str]) -> int:
        spoken = set(re.findall(r"[a-z]+", text.lower()))
        spoken |= {w[:-2] for w in spoken if w.endswith("es")}
        spoken |= {w[:-1] for w in spoken if w.endswith("s")}
        return sum(word in spoken for word in words)

    found = {}
    for shot, request in asked.items():
        best = list(KNOWN)
        for text in (request.motif, request.prompt):
            score = {key: matches(text, KNOWN[key].words) for key in KNOWN}
            top = max(score[key] for key in best)
            best = [key for key in best if score[key] == top] if top else best
            if len(best) == 1:
                break
        pick = int(np.random.default_rng((request.seed, 11)).integers(len(best)))
        found[shot] = Casting(best[pick], {}, ())
    return found


def by_chance(asked: Requests) -> dict[str, Casting]:
    """Any scene, any settings."""
    found = {}
    for shot, request in asked.items():
        random = np.random.default_rng(request.seed)
        key = str(random.choice(list(KNOWN)))
        settings = {
            s.name: str(random.choice(list(s.options))) for s in KNOWN[key].settings if s.options
        }
        found[shot] = Casting(key, settings, ())
    return found


RULES: dict[str, Rule] = {"casting": cast, "shot by shot": shot_by_shot, "by chance": by_chance}


def figures(asked: Requests, found: Mapping[str, Casting]) -> dict[str, float]:
    """What the table tells of one film."""
    shots = break_down(asked, KNOWN).shots
    cast_as = [found[shot.name] for shot in shots]
    shown = [one.scene for one in cast_as]
    cuts = [i for i in range(1, len(shots)) if shots[i].picture != shots[i - 1].picture]
    rhymes = [(i, shot.rhymes) for i, shot in enumerate(shots) if shot.rhymes is not None]
    kept = [(i, j) for i, j in rhymes if shown[i] == shown[j]]
    dressed = [(i, j) for i, j in kept if cast_as[i].settings]
    alike = [cast_as[i].settings == cast_as[j].settings for i, j in dressed]
    owns = {motif: named(motif, KNOWN) for motif in {shot.request.motif for shot in shots}}
    own = [shown[i] in owns[s.request.motif] for i, s in enumerate(shots) if owns[s.request.motif]]
    return {
        "commonest": max(shown.count(key) for key in set(shown)) / len(shown),
        "scenes": len(set(shown)),
        "beside": _mean([shown[i] == shown[i - 1] for i in cuts]),
        "call-backs": len(kept) / len(rhymes) if rhymes else np.nan,
        "set alike": _mean(alike),
        "second": _second(shots, cast_as),
        "named": _mean(own),
    }


def _second(shots: Sequence[Shot], cast_as: Sequence[Casting]) -> float:
    worn: dict[tuple[str, str], dict[int, list[Mapping[str, str]]]] = defaultdict(dict)
    for shot, one in zip(shots, cast_as, strict=True):
        drive = shot.request.drive
        if drive is not None and drive.section == "verse" and one.settings:
            worn[drive.letter, one.scene].setdefault(drive.turn, []).append(one.settings)
    returns = [list(turns.values()) for turns in worn.values() if len(turns) > 1]
    return _mean([later != turns[0] for turns in returns for later in turns[1:]])


def _mean(values: Sequence[bool]) -> float:
    return float(np.mean(values)) if values else np.nan


def films(song: Analysis, names: Sequence[str], motifs: Sequence[str]) -> dict[str, Requests]:
    """The requests of the song's film in each look."""
    wanted: dict[str, Look] = {name: find_look(name) for name in names}
    if motifs:
        base = find_look("golden-hour")
        wanted["own"] = base.model_copy(update={"name": "own", "motifs": tuple(motifs)})
    return {name: requests(plan(song, look), song, RenderSpec()) for name, look in wanted.items()}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--look", action="append", choices=list(looks()))
    parser.add_argument("--motifs", action="append", default=[])
    parser.add_argument("--film", action="store_true")
    args = parser.parse_args()
    console = Console(width=None if args.film else 100)
    told: dict[str, list[dict[str, float]]] = {rule: [] for rule in RULES}
    seconds, count = 0.0, 0
    for path in args.songs:
        song = _song(path)
        for look, asked in films(song, args.look or list(looks()), args.motifs).items():
            for rule, choose in RULES.items():
                began = time.process_time()
                found = choose(asked)
                if rule == "casting":
                    seconds, count = seconds + time.process_time() - began, count + len(asked)
                told[rule].append(figures(asked, found))
            if args.film:
                console.print(f"\n[bold]{path.stem}, {look}")
                for shot, one in cast(asked).items():
                    drive, motif = asked[shot].drive, asked[shot].motif
                    label = drive.section if drive else ""
                    set_as = ", ".join(f"{k}={v}" for k, v in one.settings.items())
                    console.print(
                        f"{shot:5} {label:11} {motif[:34]:34} {one.scene:11} {set_as:36} "
                        f"{'; '.join(one.reasons)}",
                        highlight=False, soft_wrap=True,
                    )  # fmt: skip
    table = Table(title=f"{len(told['casting'])} films, {count} shots")
    table.add_column("mean (worst)")
    for name in told["casting"][0]:
        table.add_column(name, justify="right")
    for rule, rows in told.items():
        table.add_row(rule, *(_told(name, [row[name] for row in rows]) for name in rows[0]))
    console.print(table)
    console.print(f"{1e3 * 200 * seconds / count:.1f} ms of CPU for 200 shots")


def _told(name: str, values: Sequence[float]) -> str:
    known = [value for value in values if not np.isnan(value)]
    if not known:
        return "–"
    worst = max(known) if name in ("commonest", "beside") else min(known)
    form = "{:.1f} ({:.0f})" if name == "scenes" else "{:.2f} ({:.2f})"
    return form.format(float(np.mean(known)), worst)


def _song(path: Path) -> Analysis:
    if path.suffix == ".json":
        return Analysis.from_json(path.read_text(encoding="utf-8"))
    return analyze(open_sound(path))


if __name__ == "__main__":
    main()
