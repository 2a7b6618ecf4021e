"""Movements on accents: films of moving clips as planned, beside the same clips landed.

    python benchmarks/landing.py SONG... [--analyses FOLDER] [--model replicate:wan-2.5-t2v]

SONG is a sound file; --analyses holds what `songreel analyze SONG --json` wrote, as NAME.json.
Each song is planned, its clips are laid out as the model would sell them (fixed lengths, shots of
a take sharing one), and drawn in code: balls that hit, swings, whips, zooms at random moments,
even pans and drifting texture among them, some with grain. Two films are rendered, from the clips
as planned and landed, and each finished file is decoded and its motion measured anew.

Counted are accent shots: those that hold an accent (`songreel.assembly.accents`) between their
transitions and whose portion of clip could show a clear height of motion. `seen` is the share in
whose pictures the highest peak of motion, measured in the film, is within a frame of an accent;
`clear` the share in which one at least 0.8 as high as that is, since a ball that hits three times
is seen to hit three times; `drawn` the share in which a movement, from where it was drawn, is.
`chance` is what `drawn` would be for one movement anywhere in the shot. BeatAlign is the mean over
beats of exp(−d²/2σ²), d the frames to the nearest visual beat, σ 3 frames: of the nearest low of
motion (the published form) and of the nearest height, from the clips' curves along the edit,
beside the same edit with the clips dealt out anew (mean of 20).
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from songreel.analysis.analyze import analyze
from songreel.analysis.audio import open_sound
from songreel.assembly.accents import accents, heard_in
from songreel.assembly.edit import edit
from songreel.assembly.motion import motion_of
from songreel.assembly.peaks import smoothed
from songreel.assembly.render import render
from songreel.generation.catalogue.entry import Entry
from songreel.generation.catalogue.legal import longest as longest_clip
from songreel.generation.catalogue.load import catalogue
from songreel.generation.catalogue.pack import pack
from songreel.generation.requests import requests
from songreel.models.clip import Clip
from songreel.models.files import sha256_of
from songreel.models.motion import Motion
from songreel.models.music import Analysis
from songreel.models.progress import silent
from songreel.models.render import RenderSpec
from songreel.models.schedule import schedule
from songreel.models.storyboard import Storyboard
from songreel.models.timeline import Cut, Timeline
from songreel.prompting.looks import choose_look
from songreel.prompting.plan import plan
from support.movers import Mover, ball, drift, make_moving, swing, waves, whip, zoom

SPEC = RenderSpec(width=192, height=108, rate=Fraction(24))
POOL = 20
CLEAR = 0.8
"""Share of the highest peak's height from which another one is as plain to see."""
"""Clips of each length that are drawn."""
MAKERS: Sequence[Callable[..., Mover]] = (ball, whip, swing, zoom)
SIGMA = 3.0


class Pooled(NamedTuple):
    """A drawn clip."""

    clip: Clip
    path: Path
    motion: Motion
    mover: Mover


class Score(NamedTuple):
    """Of one film."""

    shots: int
    seen: float
    clear: float
    drawn: float
    chance: float
    unused: float


def drawn_clip(folder: Path, number: int, seconds: float, rate: Fraction) -> Pooled:
    """One clip: one movement in about 2.5 s, at moments that have nothing to do with any song."""
    rng = np.random.default_rng(number)
    if number % 10 >= 8:
        mover = (drift, waves)[number % 2](number)
    else:
        count = max(1, round(seconds / 2.5))
        pitch = seconds / count
        at = [(i + rng.uniform(0.2, 0.8)) * pitch for i in range(count)]
        more = {}
        if number % 4 == 1:
            more = {"far": float(rng.uniform(0.15, 0.5))}
        if number % 4 == 2:
            more = {"wide": float(rng.uniform(0.15, 0.35))}
        if number % 4 == 0:
            more = {"radius": float(rng.uniform(0.07, 0.14))}
        mover = MAKERS[number % 4](at, number, **more)
    clip = make_moving(
        folder, mover, seconds, rate, name=f"{number}-{seconds:.2f}",
        grain=(0.0, 0.0, 5.0)[number % 3], seed=number,
    )  # fmt: skip
    path = folder / clip.file
    return Pooled(clip, path, motion_of(path, clip.sha256), mover)


class Pool:
    """Drawn clips by length, each made once."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._known = folder, {}
        self.cpu, self.measured = 0.0, 0.0

    def get(self, number: int, seconds: float, rate: Fraction) -> Pooled:
        """Clip `number` of that length."""
        key = number % POOL, seconds, rate
        if key not in self._known:
            self._known[key] = drawn_clip(self._folder, *key)
        return self._known[key]


def dealt(
    board: Storyboard, analysis: Analysis, entry: Entry, pool: Pool, folder: Path
) -> tuple[dict[str, Clip], dict[str, Motion], dict[str, Mover]]:
    """The clips of a film, their motions by sha256, and what is drawn in them."""
    portions = pack(requests(board, analysis, SPEC), entry)
    folder.mkdir(parents=True)
    made: dict[str, tuple[Clip, Mover]] = {}
    motions: dict[str, Motion] = {}
    clips: dict[str, Clip] = {}
    movers: dict[str, Mover] = {}
    for shot, portion in portions.items():
        request = portion.request
        if request.fingerprint not in made:
            number = len(made)
            seconds = request.frames / request.rate
            pooled = pool.get(number * 7 + 3, float(seconds), request.rate)
            path = folder / f"{number}.mp4"
            shutil.copyfile(pooled.path, path)
            with path.open("ab") as file:  # a box that is skipped: the same pictures, another file
                file.write(b"\0\0\0\x10skip" + number.to_bytes(8, "big"))
            clip = pooled.clip.model_copy(
                update={"file": path.name, "sha256": sha256_of(path), "request": request}
            )
            made[request.fingerprint] = clip, pooled.mover
            motions[clip.sha256] = pooled.motion.model_copy(update={"clip_sha256": clip.sha256})
        clip, movers[shot] = made[request.fingerprint]
        clips[shot] = clip.model_copy(update={"cut_at": portion.cut_at})
    return clips, motions, movers


def seen_at(cut: Cut, moment: float) -> float:
    """Film frame on which a step around `moment` (clip frames at the film's rate) is seen."""
    frames = np.arange(cut.start, cut.end, dtype=np.float64)
    shown = np.array([cut.shown(int(f) - cut.start) for f in frames])
    return float(np.interp(moment, shown, frames, left=np.nan, right=np.nan)) + 0.5


def scored(
    timeline: Timeline, film: Path, board: Storyboard, analysis: Analysis,
    clips: Mapping[str, Clip], motions: Mapping[str, Motion], movers: Mapping[str, Mover],
) -> Score:  # fmt: skip
    """Measure a finished film."""
    rate = float(SPEC.rate)
    measured = motion_of(film, sha256_of(film))
    heard = accents(board, analysis)
    shots = schedule(board, SPEC.rate)
    seen, clear, drawn, chance = [], [], [], []
    for i, cut in enumerate(timeline.cuts):
        fading = shots[i].transition_frames - shots[i].transition_frames // 2
        going = shots[i + 1].transition_frames // 2 if i + 1 < len(shots) else 0
        low, high = cut.start + max(4, fading), cut.end - max(3, going)
        here = [frame for frame, _ in heard_in(heard, low, high, SPEC.rate)]
        motion = motions[cut.clip_sha256]
        if not here or not motion.clear:
            continue
        peaks = [p for p in measured.peaks if cut.start + 2 <= p.at * rate + 0.5 < cut.end - 1]
        top = max(peaks, key=lambda p: p.height, default=None)
        at = top.at * rate + 0.5 if top is not None else -99.0
        seen.append(min(abs(at - frame) for frame in here) <= 1.0)
        high_ones = [p.at * rate + 0.5 for p in peaks if top and p.height >= CLEAR * top.height]
        clear.append(any(abs(peak - frame) <= 1.0 for peak in high_ones for frame in here))
        moments = [seen_at(cut, t * rate) for t in movers[cut.shot].at]
        drawn.append(any(abs(m - f) <= 1.0 for m in moments for f in here))
        near = {k for frame in here for k in (frame - 1, frame, frame + 1)}
        chance.append(len(near) / (cut.end - cut.start))
    used = sum((cut.shown(cut.end - cut.start) - cut.source) / rate for cut in timeline.cuts)
    bought = {clip.sha256: float(clip.frames / clip.rate) for clip in clips.values()}
    return Score(
        len(seen), float(np.mean(seen)), float(np.mean(clear)), float(np.mean(drawn)),
        float(np.mean(chance)), sum(bought.values()) - used,
    )  # fmt: skip


def aligned(curve: np.ndarray, board: Storyboard, timeline: Timeline) -> tuple[float, float]:
    """BeatAlign of a film's curve by its lows and by its heights; cuts are no visual beats."""
    cuts = {cut.start for cut in timeline.cuts}
    around = {c + k for c in cuts for k in (-1, 0, 1)}
    beats = np.array([t * float(SPEC.rate) for t in board.grid.beats])
    results = []
    for values in (-curve, curve):
        inner = np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:])) + 1
        found = np.array([i for i in inner if i not in around], dtype=float)
        gap = np.abs(beats[:, None] - found).min(axis=1)
        results.append(float(np.exp(-(gap**2) / (2 * SIGMA**2)).mean()))
    return results[0], results[1]


def beat_align(
    timeline: Timeline, board: Storyboard, motions: Mapping[str, Motion]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """BeatAlign of an edit, and with its clips dealt out anew to the same cuts (mean of 20)."""
    rng = np.random.default_rng(0)

    def of(order: Sequence[int]) -> tuple[float, float]:
        curve = np.zeros(timeline.frames)
        for cut, other in zip(timeline.cuts, order, strict=True):
            motion = motions[timeline.cuts[other].clip_sha256]
            values = smoothed(np.asarray(motion.values), float(motion.rate))
            shown = np.array([cut.shown(k) for k in range(cut.end - cut.start)])
            inside = np.clip(shown * float(motion.rate / SPEC.rate), 0, len(values) - 1)
            curve[cut.start : cut.end] = np.interp(inside, np.arange(len(values)), values)
        return aligned(curve, board, timeline)

    count = len(timeline.cuts)
    dealt_anew = np.mean([of(rng.permutation(count).tolist()) for _ in range(20)], axis=0)
    return of(range(count)), (float(dealt_anew[0]), float(dealt_anew[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--analyses", type=Path)
    parser.add_argument("--model", default="replicate:wan-2.5-t2v")
    parser.add_argument("--style", default="classic")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the films")
    asked = parser.parse_args()
    print(
        f"{'song':28} film      shots  seen clear drawn chance  "
        "lows (dealt)  heights (dealt)  unused s"
    )
    totals: dict[str, list[Score]] = {"planned": [], "landed": []}
    with tempfile.TemporaryDirectory() as name:
        entry = catalogue().find(*asked.model.split(":"))
        pool = Pool(Path(name) / "pool")
        for path in asked.songs:
            sound = open_sound(path)
            known = asked.analyses / f"{path.stem}.json" if asked.analyses else None
            analysis = Analysis.load(known) if known and known.is_file() else analyze(sound)
            look, longest = choose_look(analysis).look, float(longest_clip(entry))
            board = plan(analysis, look, style=asked.style, effects=0.0, longest=longest)
            project = Path(name) / path.stem
            clips, motions, movers = dealt(board, analysis, entry, pool, project / "clips")
            for label, more in (
                ("planned", {}),
                ("landed", {"analysis": analysis, "motions": motions}),
            ):
                start = time.process_time()
                timeline = edit(board, clips, SPEC, **more)
                spent = time.process_time() - start
                film = project / f"{label}.mp4"
                render(timeline, sound, SPEC, project=project, output=film,
                       workers=asked.workers, progress=silent)  # fmt: skip
                score = scored(timeline, film, board, analysis, clips, motions, movers)
                own, anew = beat_align(timeline, board, motions)
                totals[label].append(score)
                retimed = sum(bool(cut.retime) for cut in timeline.cuts)
                print(
                    f"{path.stem[:28]:28} {label:8} {score.shots:5}  {score.seen:4.0%} "
                    f"{score.clear:5.0%} {score.drawn:5.0%} {score.chance:6.0%}  "
                    f"{own[0]:.3f} ({anew[0]:.3f})  {own[1]:.3f} ({anew[1]:.3f})  "
                    f"  {score.unused:7.1f}   edit {spent:.2f} s CPU, "
                    f"{retimed} of {len(timeline.cuts)} retimed",
                    flush=True,
                )
                if asked.keep:
                    asked.keep.mkdir(parents=True, exist_ok=True)
                    shutil.copy(film, asked.keep / f"{path.stem}-{label}.mp4")
                    timeline.save(asked.keep / f"{path.stem}-{label}.json")
    for label, scores in totals.items():
        shots = np.array([s.shots for s in scores])
        seen, clear, drawn, chance = (
            float((np.array([getattr(s, k) for s in scores]) * shots).sum() / shots.sum())
            for k in ("seen", "clear", "drawn", "chance")
        )
        print(f"{label}: {shots.sum()} accent shots, seen {seen:.1%}, "
              f"clear {clear:.1%}, drawn {drawn:.1%}, "
              f"chance {chance:.1%}")  # fmt: skip


if __name__ == "__main__":
    main()
