"""Score a network: `python -m training.evaluate WEIGHTS.npz DATA/held`.

On the pieces that `training.build` kept out of training, by kind, from stored features alone:
neither onsets nor harmony help. Songs are scored by `benchmarks/analysis/score.py`, with the
package's own weights. Needs mir_eval.
"""

import argparse
import warnings
from pathlib import Path

import mir_eval
import numpy as np
from numpy.typing import NDArray

from songreel.analysis.features import FRAME_RATE
from songreel.analysis.grid import Grid, find_grid
from songreel.analysis.network import Network
from songreel.analysis.pulse import Pulse
from training.material import kind_of, note_of

COLUMNS = ("pieces", "beat F", "CMLt", "AMLt", "down F")


def hear(mel: NDArray[np.float32], network: Network) -> Grid | None:
    """What the network alone hears in stored features, shape (n, bands)."""
    nothing = np.zeros(mel.shape[0])
    bands = dict.fromkeys(("low", "mid", "high", "onset"), nothing)
    pulse = Pulse(0, bands, bands, nothing, np.ones(mel.shape[0], bool))
    return find_grid(pulse, network.listen(mel), nothing)


def scores(path: Path, network: Network) -> tuple[float, ...]:
    """Beat F, CMLt, AMLt, downbeat F (NaN where bars are not known) of a piece."""
    with np.load(path) as data:
        mel, beats, bars = data["mel"].astype(np.float32), data["beats"], data["downbeats"]
    grid = hear(mel, network)
    if grid is None:
        return 0.0, 0.0, 0.0, 0.0
    # After the last beat a piece may ring on, and before the first there may be other sound; what
    # is heard there is left aside.
    times = grid.frames / FRAME_RATE
    kept = (times > beats[0] - 0.3) & (times < beats[-1] + 0.3)
    found, downbeats = times[kept], times[kept & (grid.places == 0)]
    _, cml, _, aml = mir_eval.beat.continuity(beats, found) if found.size > 1 else (0, 0, 0, 0)
    down = mir_eval.beat.f_measure(bars, downbeats) if bars.size else float("nan")
    return mir_eval.beat.f_measure(beats, found), cml, aml, down


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Score a beat network.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("held", type=Path, help="folder of features kept out of training")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", module="mir_eval")
    network = Network.load(options.weights)
    rows: dict[str, list[tuple[float, ...]]] = {}
    likely = []
    for path in sorted(options.held.rglob("*.npz")):
        if path.name.endswith(".part.npz"):
            continue
        kind = kind_of(str(note_of(path)["style"]))
        if kind == "without":
            with np.load(path) as data:
                grid = hear(data["mel"].astype(np.float32), network)
            likely.append(grid.likely if grid else 0.0)
        else:
            rows.setdefault(kind, []).append(scores(path, network))
    rows["all"] = [row for kind in list(rows) for row in rows[kind]]
    print(f"{'':12}" + "".join(f"{name:>9}" for name in COLUMNS))
    for kind, found in rows.items():
        means = np.nanmean(np.array(found), axis=0)
        print(f"{kind:12}{len(found):9}" + "".join(f"{mean:9.3f}" for mean in means))
    if likely:
        print(f"{len(likely)} without a beat: mean probability on what is taken for beats "
              f"{np.mean(likely):.2f}, {max(likely):.2f} at most")  # fmt: skip


if __name__ == "__main__":
    main()
