"""Score the analysis of annotated songs with mir_eval, beside librosa's beat tracker.

    python benchmarks/analysis/score.py FOLDER_OR_FILES [--ann FOLDER] [--tracker ours|librosa|both]

An annotation is a JSON file of the song's name, in the song's folder or in --ann, with `beats` and
any of `downbeats`, `tempo`, `key`, `sections` or `segments` (and `segments_alt`: the better of the
two counts). Songs without one are analysed and listed with their tempo and trust only.
"""

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mir_eval
import numpy as np
from numpy.typing import NDArray

from songreel.analysis.analyze import analyze
from songreel.analysis.audio import ANALYSIS_RATE, monophonic, open_sound
from songreel.analysis.features import extract
from songreel.analysis.rhythm import find_rhythm
from songreel.models.errors import SongreelError

SOUND = {".wav", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".opus", ".aif", ".aiff"}
Times = NDArray[np.float64]


@dataclass
class Heard:
    """What a tracker found in a song."""

    beats: Times
    downbeats: Times = field(default_factory=lambda: np.zeros(0))
    tempo: float | None = None
    key: str | None = None
    boundaries: Times | None = None
    trust: tuple[float, ...] = ()
    cpu: float = 0.0


def hear(path: Path, rhythm_only: bool) -> Heard:
    """Our analysis of the song at `path`."""
    sound = open_sound(path)
    if not rhythm_only:
        start = time.process_time()
        found = analyze(sound)
        return Heard(
            beats=np.array(found.beats),
            downbeats=np.array(found.downbeats),
            tempo=found.tempo,
            key=str(found.key) if found.key else None,
            boundaries=np.array([s.start for s in found.sections] + [found.sections[-1].end]),
            trust=(found.trust.grid, found.trust.octave, found.trust.meter),
            cpu=time.process_time() - start,
        )
    start = time.process_time()
    mono = monophonic(sound)
    rhythm = find_rhythm(mono, extract(mono))
    return Heard(
        beats=rhythm.beats,
        downbeats=rhythm.beats[rhythm.downbeats],
        tempo=rhythm.tempo,
        trust=(rhythm.trust_grid, rhythm.trust_octave, rhythm.trust_meter),
        cpu=time.process_time() - start,
    )


def hear_librosa(path: Path, _: bool) -> Heard:
    """Beats of librosa's beat_track, with its defaults, on the same samples."""
    import librosa

    mono = monophonic(open_sound(path))
    start = time.process_time()
    sound = librosa.resample(mono, orig_sr=ANALYSIS_RATE, target_sr=22050)
    tempo, beats = librosa.beat.beat_track(y=sound, sr=22050, units="time")
    bpm = float(np.atleast_1d(tempo)[0])
    return Heard(np.asarray(beats), tempo=bpm or None, cpu=time.process_time() - start)


def score(heard: Heard, truth: dict[str, Any]) -> dict[str, float]:
    """Scores of one song; NaN where the truth or the finding is missing."""
    scores: dict[str, float] = {}
    beats = np.array(truth["beats"], dtype=float)
    scores["beat F"] = mir_eval.beat.f_measure(beats, heard.beats)
    _, cml, _, aml = mir_eval.beat.continuity(beats, heard.beats)
    scores["CMLt"], scores["AMLt"] = cml, aml
    scores["err ms"] = signed_error(beats, heard.beats)
    if "downbeats" in truth:
        scores["down F"] = (
            mir_eval.beat.f_measure(np.array(truth["downbeats"], dtype=float), heard.downbeats)
            if heard.downbeats.size
            else float("nan")
        )
    if "tempo" in truth:
        ratio = (heard.tempo or 0.0) / truth["tempo"]
        scores["tempo"] = float(abs(ratio - 1) <= 0.04)
        octaves = (1.0, 0.5, 2.0, 1 / 3, 3.0)
        scores["tempo oct"] = float(any(abs(ratio / o - 1) <= 0.04 for o in octaves))
    if truth.get("key") and heard.key:
        scores["key"] = mir_eval.key.weighted_score(spelt(truth["key"]), spelt(heard.key))
    if heard.boundaries is not None:
        for window, name in ((0.5, "sect .5"), (3.0, "sect 3")):
            scores[name] = max(
                (section_f(reference, heard.boundaries, window) for reference in forms(truth)),
                default=float("nan"),
            )
    return scores


def signed_error(truth: Times, found: Times) -> float:
    """Median of found − true beat over the beats found within 70 ms, in milliseconds."""
    if not found.size:
        return float("nan")
    error = found[np.abs(found[:, None] - truth).argmin(axis=0)] - truth
    near = error[np.abs(error) <= 0.07]
    return 1000 * float(np.median(near)) if near.size else float("nan")


def spelt(key: str) -> str:
    """A key in mir_eval's spelling, which knows flats and sharps in lower-case words."""
    tonic, mode = key.split()
    return f"{tonic} {mode.lower()}"


def forms(truth: dict[str, Any]) -> list[Times]:
    """Every boundary list that the annotation offers: sections, phrases, the second opinion."""
    found = []
    for name in ("sections", "segments", "segments_alt"):
        spans = truth.get(name)
        if spans:
            edges = [float(span["start"]) for span in spans] + [float(spans[-1]["end"])]
            found.append(np.unique(edges))
    return found


def section_f(reference: Times, found: Times, window: float) -> float:
    """Boundary F-measure, the first and last boundary left out."""
    pairs = [np.stack([edges[:-1], edges[1:]], axis=1) for edges in (reference, np.unique(found))]
    end = max(pair[-1, 1] for pair in pairs)
    padded = []
    for pair in pairs:
        fitted, _ = mir_eval.util.adjust_intervals(pair, t_min=0.0, t_max=end)
        padded.append(fitted)
    return float(mir_eval.segment.detection(*padded, window=window, trim=True)[2])


COLUMNS = ("beat F", "CMLt", "AMLt", "err ms", "down F", "tempo", "tempo oct", "key", "sect .5",
           "sect 3")  # fmt: skip


def table(title: str, rows: dict[str, tuple[Heard, dict[str, float]]]) -> None:
    """Print the scores of all songs and their mean."""
    width = max(len(name) for name in rows) + 1
    print(f"\n{title}")
    print(" " * width + "".join(f"{c:>10}" for c in COLUMNS) + f"{'BPM':>9}{'CPU s':>7}  trust")
    for name, (heard, scores) in rows.items():
        cells = "".join(cell(scores.get(column, float("nan"))) for column in COLUMNS)
        trust = " ".join(f"{t:.2f}" for t in heard.trust)
        print(f"{name:<{width}}{cells}{heard.tempo or 0:9.2f}{heard.cpu:7.1f}  {trust}")
    scored = [scores for _, scores in rows.values() if scores]
    if scored:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            means = [np.nanmean([s.get(c, np.nan) for s in scored]) for c in COLUMNS]
        print(f"{'mean':<{width}}" + "".join(cell(float(m)) for m in means))


def cell(value: float) -> str:
    return f"{'–':>10}" if np.isnan(value) else f"{value:10.3f}"


def annotation(song: Path, folder: Path | None) -> dict[str, Any] | None:
    for place in (folder, song.parent):
        if place is not None and (path := place / f"{song.stem}.json").exists():
            truth: dict[str, Any] = json.loads(path.read_text())
            return truth if "beats" in truth else None
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("songs", nargs="+", type=Path, help="sound files, or folders of them")
    parser.add_argument("--ann", type=Path, help="folder of the annotations")
    parser.add_argument("--tracker", choices=("ours", "librosa", "both"), default="both")
    parser.add_argument("--rhythm-only", action="store_true", help="beats and bars, nothing else")
    parser.add_argument("--json", type=Path, help="write the scores to this file too")
    options = parser.parse_args()
    songs: list[Path] = []
    for place in options.songs:
        inside = sorted(place.iterdir()) if place.is_dir() else [place]
        songs.extend(path for path in inside if path.suffix.lower() in SOUND)
    trackers: dict[str, Callable[[Path, bool], Heard]] = {"ours": hear, "librosa": hear_librosa}
    if options.tracker != "both":
        trackers = {options.tracker: trackers[options.tracker]}
    warnings.filterwarnings("ignore", module="mir_eval")
    results: dict[str, dict[str, dict[str, float]]] = {}
    for title, tracker in trackers.items():
        rows = {}
        for song in songs:
            try:
                heard = tracker(song, options.rhythm_only)
            except SongreelError as error:
                print(error, file=sys.stderr)
                continue
            truth = annotation(song, options.ann)
            rows[song.stem] = (heard, score(heard, truth) if truth else {})
        if rows:
            table(title, rows)
        results[title] = {name: scores for name, (_, scores) in rows.items()}
    if options.json:
        options.json.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
