"""Score a network: `python -m training.evaluate WEIGHTS.npz [--held DATA/held] [--songs …]`.

On the pieces that `training.build` kept out of training, beats are decoded from stored features,
to the frame; on annotated songs (as for `benchmarks/analysis/score.py`) from the sound, beside the
package's default tracker, with the network weighed in or deciding alone. Needs mir_eval.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np

from benchmarks.analysis.score import SOUND, Heard, annotation, hear, score, table
from songreel.analysis import neural, rhythm
from songreel.analysis.audio import monophonic, open_sound
from songreel.analysis.features import FRAME_RATE, extract
from songreel.analysis.network import Network
from training.material import note_of


def hear_features(path: Path, network: Network) -> tuple[Heard, dict[str, float]]:
    """A piece of `training.build` and its scores."""
    with np.load(path) as data:
        mel, beats, bars = data["mel"].astype(np.float32), data["beats"], data["downbeats"]
    start = time.process_time()
    grid = neural.find_grid(network.listen(mel))
    times = grid.frames / FRAME_RATE
    # After the last beat a piece may ring on, and before the first there may be other sound; what
    # is heard there is left aside.
    times = times[times < beats[-1] + 0.3]
    heard = Heard(
        beats=times,
        downbeats=times[grid.downbeats[grid.downbeats < times.size]],
        tempo=60 / float(np.median(np.diff(times))) if times.size > 1 else None,
        trust=(grid.beat_trust, grid.bar_trust),
        cpu=time.process_time() - start,
    )
    truth: dict[str, object] = {"beats": beats, "tempo": 60 / float(np.median(np.diff(beats)))}
    if bars.size:
        truth["downbeats"] = bars
    return heard, score(heard, truth)


def trust_of(path: Path, network: Network) -> float:
    """How far a beat is believed to be heard in a piece that has none."""
    with np.load(path) as data:
        return float(neural.find_grid(network.listen(data["mel"].astype(np.float32))).beat_trust)


def hear_song(path: Path, network: Network, alone: bool) -> Heard:
    """A song by the network, alone or weighed in with onsets and harmony, from its sound."""
    sound = open_sound(path)
    start = time.process_time()
    mono = monophonic(sound)
    tracker = neural.find_rhythm if alone else rhythm.find_rhythm
    found = tracker(mono, extract(mono), network)
    return Heard(
        beats=found.beats,
        downbeats=found.beats[found.downbeats],
        tempo=found.tempo,
        trust=(found.trust_grid, found.trust_meter),
        cpu=time.process_time() - start,
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Score a beat network.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--held", type=Path, help="folder of features kept out of training")
    parser.add_argument("--songs", type=Path, nargs="*", default=[], help="sound files or folders")
    parser.add_argument("--ann", type=Path, help="folder of the songs' annotations")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", module="mir_eval")
    network = Network.load(options.weights)
    if options.held:
        rows = {}
        for path in sorted(options.held.glob("*.npz")):
            if not path.name.endswith(".part.npz"):
                rows[f"{path.stem} {note_of(path)['style']}"] = hear_features(path, network)
        table("network, held-out pieces", rows)
        trusts = [trust_of(path, network) for path in sorted(options.held.glob("without/*.npz"))]
        if trusts:
            print(f"{len(trusts)} held-out pieces without a beat: trust {np.mean(trusts):.2f} on "
                  f"average, {max(trusts):.2f} at most")  # fmt: skip
    songs: list[Path] = []
    for place in options.songs:
        inside = sorted(place.iterdir()) if place.is_dir() else [place]
        songs.extend(path for path in inside if path.suffix.lower() in SOUND)
    scored = [(song, truth) for song in songs if (truth := annotation(song, options.ann))]
    for title, tracker in (
        ("default", lambda song: hear(song, True)),
        ("default with the network", lambda song: hear_song(song, network, False)),
        ("network alone", lambda song: hear_song(song, network, True)),
    ):
        found = {song.stem: (heard := tracker(song), score(heard, truth)) for song, truth in scored}
        if found:
            table(title, found)


if __name__ == "__main__":
    main()
