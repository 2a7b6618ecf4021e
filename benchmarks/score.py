"""Scores of scenes, grown by continuation, beside the same parts made apart and put end to end.

Run it as `python benchmarks/score.py`; option: --scenes N, scenes of four seconds each (7). Three
lists of scenes are planned and played by the built-in band both ways. Told of each: samples by
which the track is off its length; the largest step of loudness at a join in LU (the second before
against the second after, BS.1770); the sharpest bend of the waveform within a millisecond of a
join over the sharpest in the half second around (a click is far above 1, a drum on the beat may be
a little); the tempo that is heard; and processor seconds for a second of music.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from songreel.analysis.analyze import analyze
from songreel.analysis.audio import open_sound
from songreel.generation.provider import Context
from songreel.generation.score.compose import compose
from songreel.generation.sound.orders import Wanted, fulfil
from songreel.generation.sound.registry import create
from songreel.models.progress import silent
from songreel.models.scenes import SceneList
from songreel.models.score import ScorePlan
from songreel.models.sound_request import SoundRequest
from songreel.prompting.score.plan import plan_score
from songreel.score_grid import heard_as_written
from songreel.sound.meter import loudness
from songreel.sound.pcm import Samples, read, write_wav

LISTS = {
    "house, calm": {"music": "felt piano, soft strings", "bpm": 120, "key": "G major"},
    "chase": {"music": "dark techno, synth bass, drums", "bpm": 135, "key": "F# minor"},
    "travel film": {"music": "acoustic guitar, light percussion, hopeful", "bpm": 100},
}


def grown(plan: ScorePlan, folder: Path) -> tuple[Samples, int, list[int]]:
    """(samples, rate, where the joins are) of a score as songreel makes it."""
    source = create("builtin", Context(scratch=folder))
    score = compose(plan, source, folder / "score", fade=False)
    source.close()
    pcm = read(folder / "score" / score.file)
    return pcm.samples, pcm.rate, [part.start + part.fade for part in score.parts[1:]]


def apart(plan: ScorePlan, folder: Path) -> tuple[Samples, int, list[int]]:
    """The same of the cues, each asked for by itself, cut to its length and put end to end."""
    source = create("builtin", Context(scratch=folder))
    wanted = [
        Wanted(
            f"c{n:02d}",
            source.plan(
                SoundRequest(
                    task="music", prompt=cue.prompt, seconds=cue.seconds, seed=plan.seed + n,
                    bpm=cue.bpm, key=cue.key, meter=cue.meter, energy=cue.energy, mood=cue.mood,
                )
            ),
        )
        for n, cue in enumerate(plan.cues)
    ]  # fmt: skip
    made = fulfil(wanted, source=source, folder=folder / "apart", progress=silent)
    source.close()
    parts = [read(folder / "apart" / take.file) for take in made.takes.values()]
    rate = parts[0].rate
    cut = [
        part.samples[:, : round(cue.seconds * rate)]
        for part, cue in zip(parts, plan.cues, strict=True)
    ]
    return np.concatenate(cut, axis=1), rate, list(np.cumsum([c.shape[1] for c in cut])[:-1])


def steps(samples: Samples, rate: int, joins: list[int]) -> float:
    """Largest change of loudness from the second before a join to the one after it, LU."""
    found = []
    for join in joins:
        before = loudness(samples[:, join - rate : join], rate).integrated
        after = loudness(samples[:, join : join + rate], rate).integrated
        if before is not None and after is not None:
            found.append(abs(after - before))
    return max(found)


def bends(samples: Samples, rate: int, joins: list[int]) -> float:
    """Largest bend within a millisecond of a join over that in the half second around."""
    bend = np.abs(np.diff(samples.astype(np.float64), 2, axis=1)).max(axis=0)
    near, room = rate // 1000, rate // 4
    return max(
        float(
            bend[join - near : join + near].max()
            / np.delete(bend[join - room : join + room], slice(room - near, room + near)).max()
        )
        for join in joins
    )


def main() -> None:
    """Print a row for each list and way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=7)
    count = parser.parse_args().scenes
    print(f"{'':14}{'':8}{'off':>5}{'step':>8}{'bend':>7}{'tempo':>16}{'CPU s/s':>9}")
    for name, shared in LISTS.items():
        scenes = SceneList.model_validate(shared | {"scenes": [{"seconds": 4.0}] * count})
        plan = plan_score(scenes)
        with tempfile.TemporaryDirectory() as folder:
            grown(plan, Path(folder) / "warm")  # compiles
        for way in (grown, apart):
            with tempfile.TemporaryDirectory() as folder:
                begun = time.process_time()
                samples, rate, joins = way(plan, Path(folder))
                took = time.process_time() - begun
                track = Path(folder) / "track.wav"
                write_wav(track, samples, rate)
                heard, _ = heard_as_written(plan, analyze(open_sound(track), silent))
            off = samples.shape[1] - round(plan.seconds * rate)
            tempo = f"{heard.tempo:.2f} of {plan.cues[0].bpm:g}" if heard.tempo else "–"
            print(
                f"{name:14}{way.__name__:8}{off:5d}{steps(samples, rate, joins):5.2f} LU"
                f"{bends(samples, rate, joins):7.2f}{tempo:>16}{took / plan.seconds:9.3f}"
            )


if __name__ == "__main__":
    main()
