"""Files for other tools: read back with mir_eval, jams, csv, and a MIDI reader of our own."""

import csv
import json
from io import StringIO
from pathlib import Path

import mir_eval
import numpy as np
import pytest
from numpy.testing import assert_allclose

from songreel.analysis.exports import spans
from songreel.analysis.exports.formats import KINDS, all_names, ending_of, export
from songreel.analysis.exports.tempo_map import tempo_map
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.harmony import Chord, Key, KeySpan
from songreel.models.music import Analysis, BeatGrid, Curve, Hits, Onsets, Tag
from support import analyses


def rich() -> Analysis:
    """A song in which everything that can be exported was heard, with a pickup of two beats."""
    found = analyses.pop(lead_in=0.7)
    early = (0.1, 0.4)
    middle = found.sections[3].start
    end = found.track.duration
    return found.model_copy(
        update={
            "beats": early + found.beats,
            "keys": (
                KeySpan(start=0, end=middle, key=Key.model_validate("A minor"), trust=0.8),
                KeySpan(start=middle, end=end, key=None, trust=0.1),
            ),
            "chords": (
                Chord(start=0, end=2, root=None),
                Chord(start=2, end=4, root=9, quality="min7", trust=0.6),
                Chord(start=4, end=6, root=6, quality="5", trust=0.5),
                Chord(start=6, end=end, root=10, quality="sus4", trust=0.5),
            ),
            "valence": Curve(rate=20, values=(-0.5, 0.5)),
            "tempo_curve": Curve(rate=1, values=(119.0, 121.0)),
            "tags": (Tag(word="rock, loud", score=0.7, source="a tagger"),),
            "onsets": Onsets(kick=Hits(times=(1.0, 2.0), strengths=(0.5, 1.0))),
        }
    )


def title(found: Analysis) -> str:
    return found.track.title


def written(found: Analysis, folder: Path, name: str) -> Path:
    path = folder / name
    export(found, path)
    return path


def test_beats_read_by_mir_eval_carry_times_and_positions(tmp_path):
    found = rich()
    path = written(found, tmp_path, "song.beats")
    times, positions = mir_eval.io.load_labeled_events(str(path))
    assert_allclose(times, found.beats)
    assert positions[:8] == ["3", "4", "1", "2", "3", "4", "1", "2"]
    first = [t for t, p in zip(times, positions, strict=True) if p == "1"]
    assert_allclose(first, found.downbeats)


def test_sections_chords_and_keys_are_read_by_mir_eval_and_score_full_against_themselves(tmp_path):
    found = rich()
    intervals, labels = mir_eval.io.load_labeled_intervals(
        str(written(found, tmp_path, "s.sections.lab"))
    )
    assert_allclose(intervals[:, 0], [s.start for s in found.sections])
    assert labels == [s.label for s in found.sections]
    intervals, labels = mir_eval.io.load_labeled_intervals(
        str(written(found, tmp_path, "s.chords.lab"))
    )
    mir_eval.chord.encode_many(labels)
    assert mir_eval.chord.evaluate(intervals, labels, intervals, labels)["mirex"] == 1.0
    assert labels == ["N", "A:min7", "Gb:(1,5)", "Bb:sus4"]
    _, names = mir_eval.io.load_labeled_intervals(str(written(found, tmp_path, "s.keys.lab")))
    assert names == ["A minor", "X"]
    for name in names:
        mir_eval.key.validate_key(name)


def test_jams_holds_every_part_and_its_trust(tmp_path):
    found = rich()
    document = json.loads(written(found, tmp_path, "song.jams").read_text(encoding="utf-8"))
    by_name = {(a["namespace"], a["sandbox"].get("of", "")): a for a in document["annotations"]}
    assert set(by_name) == {
        ("beat", ""), ("tempo", ""), ("segment_open", ""), ("segment_open", "letters"),
        ("key_mode", ""), ("chord_harte", ""), ("mood_thayer", ""), ("onset", "kick"),
        ("tag_open", ""),
    }  # fmt: skip
    beats = by_name["beat", ""]["data"]
    assert_allclose([b["time"] for b in beats], found.beats)
    assert [b["value"] for b in beats[:4]] == [3, 4, 1, 2]
    assert [k["value"] for k in by_name["key_mode", ""]["data"]] == ["A:minor", "N"]
    assert by_name["mood_thayer", ""]["data"][3]["value"] == [0.6, 0.7]
    assert by_name["tempo", ""]["data"][0]["confidence"] == 0.9


@pytest.mark.parametrize(
    "found",
    [rich(), analyses.ambient(), analyses.silence(), analyses.waltz()],
    ids=title,
)
@pytest.mark.filterwarnings("ignore:Passing a schema to Validator:DeprecationWarning")
def test_jams_is_valid_by_the_schema(found, tmp_path):
    jams = pytest.importorskip("jams")
    loaded = jams.load(str(written(found, tmp_path, "song.jams")), validate=True, strict=True)
    assert loaded.validate(strict=True)
    assert loaded.file_metadata.duration == found.track.duration


def test_an_audacity_track_has_three_columns_and_bars_are_points(tmp_path):
    found = rich()
    rows = [
        line.split("\t")
        for line in written(found, tmp_path, "a.downbeats.txt").read_text().splitlines()
    ]
    assert [(float(a), float(b), c) for a, b, c in rows[:2]] == [(0.7, 0.7, "1"), (2.7, 2.7, "2")]
    beats = written(found, tmp_path, "a.beats.txt").read_text().splitlines()
    assert beats[0].split("\t")[2] == "0.3"
    assert beats[2].split("\t")[2] == "1.1"
    form = written(found, tmp_path, "a.sections.txt").read_text().splitlines()
    assert form[3].endswith("\tD chorus")


def test_tables_follow_rfc_4180_and_name_their_units(tmp_path):
    found = rich()
    raw = written(found, tmp_path, "t.curves.csv").read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n") == len(found.energy.values) + 1
    rows = list(csv.DictReader(StringIO(raw.decode(), newline="")))
    assert rows[20]["time_s"] == "1.000"
    assert float(rows[20]["energy"]) == pytest.approx(found.energy.at(1.0), abs=1e-3)
    assert float(rows[10]["tempo_bpm"]) == pytest.approx(120.0)
    assert "voice" not in rows[0]  # it was not looked for
    text = written(found, tmp_path, "t.sections.csv").read_text()
    sections = list(csv.DictReader(StringIO(text)))
    assert [s["label"] for s in sections] == [s.label for s in found.sections]
    beats = list(csv.DictReader(StringIO(written(found, tmp_path, "t.beats.csv").read_text())))
    assert (beats[2]["bar"], beats[2]["beat"], beats[2]["tempo_bpm"]) == ("1", "1", "120.000")


def events_of(data: bytes) -> list[tuple[int, int, bytes]]:
    """(tick, type, data) of the meta events of a MIDI file of one track."""
    assert data[:8] == b"MThd\0\0\0\x06"
    assert data[14:18] == b"MTrk"
    assert int.from_bytes(data[18:22], "big") == len(data) - 22
    at, tick, found = 22, 0, []

    def number() -> int:
        nonlocal at
        value = 0
        while True:
            byte = data[at]
            at += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value

    while at < len(data):
        tick += number()
        assert data[at] == 0xFF
        kind = data[at + 1]
        at += 2
        size = number()
        found.append((tick, kind, data[at : at + size]))
        at += size
    assert found[-1][1] == 0x2F
    return found


def seconds_of(found: list[tuple[int, int, bytes]], tick: int) -> float:
    """When `tick` sounds, by the tempo events."""
    now, last, quarter = 0.0, 0, 500_000
    for at, kind, data in found:
        if kind == 0x51 and at < tick:
            now, last = now + (at - last) * quarter / 960e6, at
            quarter = int.from_bytes(data, "big")
    return now + (tick - last) * quarter / 960e6


def bar_lines(found: list[tuple[int, int, bytes]], until: int) -> list[int]:
    """Ticks of the bar lines that a sequencer draws."""
    meters = [(at, data[0] * 3840 >> data[1]) for at, kind, data in found if kind == 0x58]
    lines, tick = [], 0
    while tick <= until:
        lines.append(tick)
        length = [size for at, size in meters if at <= tick][-1]
        changes = [at for at, _ in meters if tick < at]
        assert not changes or changes[0] >= tick + length  # no bar is broken off
        tick += length
    return lines


@pytest.mark.parametrize("found", [rich(), analyses.pop(), analyses.waltz()], ids=title)
def test_the_tempo_map_puts_bar_lines_on_downbeats_for_the_whole_song(found):
    events = events_of(tempo_map(found))
    last = events[-1][0]
    times = np.array([seconds_of(events, tick) for tick in bar_lines(events, last)])
    near = [np.abs(times - downbeat).min() for downbeat in found.downbeats]
    assert max(near) < 1e-4  # a tick is half a millisecond, the tempo a microsecond a quarter
    markers = [(seconds_of(events, at), d.decode()) for at, kind, d in events if kind == 0x06]
    assert [name for _, name in markers] == [f"{s.label} {s.letter}" for s in found.sections]
    assert_allclose([t for t, _ in markers], [s.start for s in found.sections], atol=6e-4)


def test_a_tempo_map_follows_an_uneven_tempo_without_drift():
    found = analyses.pop()
    uneven = np.cumsum(np.random.default_rng(4).uniform(0.41, 0.67, 400)).round(6)
    changed = found.model_copy(
        update={"beats": tuple(uneven.tolist()), "downbeats": tuple(uneven[1::4].tolist())}
    )
    events = events_of(tempo_map(changed))
    lead = round(uneven[0] / np.median(np.diff(uneven)))
    assert lead == 1
    heard = [seconds_of(events, 960 * (i + lead)) for i in range(uneven.size)]
    assert_allclose(heard, uneven, atol=2e-6)


def test_six_eight_in_two_stands_as_six_eight():
    beats = tuple(float(t) for t in np.arange(40) * 0.6)
    found = analyses.pop().model_copy(
        update={"meter": "6/8", "beats": beats, "downbeats": beats[::2]}
    )
    assert found.grid == BeatGrid(beats=beats, downbeats=tuple(range(0, 40, 2)), beats_per_bar=2)
    events = events_of(tempo_map(found))
    assert [data[:2] for _, kind, data in events if kind == 0x58] == [bytes((6, 3))]
    assert seconds_of(events, 1440 * 7) == pytest.approx(4.2, abs=1e-5)


def test_without_a_pulse_the_tempo_map_says_that_its_tempo_is_a_stand_in():
    texts = [data for _, kind, data in events_of(tempo_map(analyses.ambient())) if kind == 1]
    assert texts == [b"no pulse was heard: 120 BPM is a stand-in"]


@pytest.mark.parametrize("found", [rich(), analyses.silence(), analyses.ambient()], ids=title)
def test_every_kind_is_written_the_same_twice(found, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for path in all_names(tmp_path / name, "song"):
            export(found, path)
    for ending in KINDS:
        first = (tmp_path / "one" / f"song{ending}").read_bytes()
        assert first == (tmp_path / "two" / f"song{ending}").read_bytes()


def test_the_analysis_itself_comes_back_as_it_was(tmp_path):
    found = rich()
    assert Analysis.load(written(found, tmp_path, "song.json")) == found


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("song.lab", r"song\.lab does not say what it is to hold: end its name in "
                     r"\.sections\.lab, \.letters\.lab, \.chords\.lab or \.keys\.lab"),
        ("song.xlsx", r"cannot export to song\.xlsx: its name must end in \.beats, \.csv, "),
        ("song", "cannot export to song: "),
    ],
)  # fmt: skip
def test_a_name_that_says_too_little_is_refused_with_the_names_that_do(name, message):
    with pytest.raises(InvalidInput, match=message):
        ending_of(Path(name))


def test_the_longest_ending_counts_and_case_does_not():
    assert ending_of(Path("My Song.Beats.CSV")) == ".beats.csv"
    assert ending_of(Path("beats.mid")) == ".mid"


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(MachineError, match=r"cannot write .*nowhere"):
        export(rich(), tmp_path / "nowhere" / "song.jams")


def test_beats_without_bar_lines_have_no_position():
    found = rich().model_copy(update={"downbeats": ()})
    assert {(bar, beat) for _, bar, beat in spans.positions(found)} == {(0, 0)}
