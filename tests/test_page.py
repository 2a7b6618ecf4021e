"""The page of an analysis: nothing from outside, and its sound where the song has it."""

import json
import re
from base64 import b64decode
from io import BytesIO

import av
import numpy as np
import pytest

from songreel.analysis.page.audio import CLIP, SPARE, Peaks, clips
from songreel.analysis.page.words import chord_name, doubts, facts, trust_word
from songreel.analysis.page.write import write_page
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.harmony import Chord
from songreel.models.music import Analysis
from support import analyses
from support.sounds import MemorySound

RATE = 44_100


def ticks(seconds: float, every: float, rate: int = RATE, channels: int = 2) -> MemorySound:
    """Short clear bursts every `every` seconds."""
    samples = np.zeros((channels, round(seconds * rate)), np.float32)
    n = np.arange(400)
    burst = 0.8 * np.cos(2 * np.pi * 3000 * n / rate) * np.exp(-n / 60)
    for k in range(1, int(seconds / every)):
        samples[:, round(k * every * rate) :][:, :400] += burst.astype(np.float32)
    return MemorySound(samples, rate)


def decoded(clip: bytes) -> np.ndarray:
    with av.open(BytesIO(clip)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(frames, axis=1)


def analysis_of(sound: MemorySound, **changes) -> Analysis:
    found = analyses.bare(sound.track.duration, 0.5)
    return found.model_copy(update={"track": sound.track, **changes})


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of 45 s with clicks of its own on the half seconds, as text."""
    sound = ticks(45.0, 0.5)
    beats = tuple((np.arange(1, 90) * 0.5).tolist())
    found = analysis_of(sound, beats=beats, downbeats=beats[3::4])
    path = tmp_path_factory.mktemp("page") / "page.html"
    write_page(found, sound, path)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (48_000, 1), (22_050, 2)])
def test_a_burst_sits_in_its_clip_where_it_sits_in_the_song(rate, channels):
    sound = ticks(45.0, 0.5, rate, channels)
    made = list(clips(sound, Peaks(rate)))
    assert len(made) == 3
    for number, clip in enumerate(made):
        samples = decoded(clip)
        assert samples.shape[0] == channels
        start = max(0.0, number * CLIP - SPARE)
        end = min((number + 1) * CLIP + SPARE, 45.0)
        assert samples.shape[1] / 48_000 == pytest.approx(end - start, abs=0.021)  # one frame
        for second in np.arange(np.ceil(start * 2) / 2 or 0.5, end - 0.1, 0.5):
            near = round((second - start) * 48_000)
            span = np.abs(samples[0, max(near - 480, 0) : near + 480])
            assert abs(int(span.argmax()) - min(near, 480)) <= 4  # 0.1 ms


def test_clips_are_as_many_as_the_song_needs():
    """The last one takes what is left, up to what clips hold in common."""
    for seconds, count in ((0.05, 1), (19.95, 1), (20.0, 1), (20.05, 1), (20.15, 2), (40.15, 3)):
        sound = ticks(seconds, 0.5)
        assert len(list(clips(sound, Peaks(RATE)))) == count


def test_peaks_hold_the_loudest_sample_of_every_column():
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 3 * RATE)).astype(np.float32)
    samples[1, 44_000] = -1.0
    sound = MemorySound(samples, RATE)
    peaks = Peaks(RATE)
    for block in sound.blocks():
        peaks.push(block)
    pairs = np.frombuffer(peaks.columns(), np.int8).reshape(-1, 2)
    column = (np.arange(3 * RATE) * 150 / RATE).astype(int)
    low = [samples[:, column == i].min() for i in range(450)]
    assert pairs.shape == (450, 2)
    np.testing.assert_array_equal(pairs[:, 0], np.rint(np.array(low) * 127))


def test_the_page_asks_nothing_of_the_network(page):
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)\s*=|url\(|@import|fetch\(|https?://""", page)


def test_the_page_holds_the_song_and_what_was_heard(page):
    data = json.loads(re.search(r'id="song">(.*?)</script>', page, re.DOTALL)[1])
    stored = re.findall(r'class="clip">(.*?)</script>', page)
    assert data["clips"] == {"count": 3, "seconds": CLIP, "spare": SPARE} == {
        **data["clips"], "count": len(stored),
    }  # fmt: skip
    assert decoded(b64decode(stored[2])).shape[1] == pytest.approx(5.1 * 48_000, abs=1000)
    assert data["beats"][:2] == [0.5, 1.0]
    assert data["downbeats"][:2] == [3, 7]
    assert data["duration"] == 45.0
    assert len(b64decode(data["peaks"]["values"])) == 2 * 45 * 150


def test_words_of_a_song_cannot_break_the_page(tmp_path):
    title = '</script><script>alert(1)</script> & "co"_x'
    sound = ticks(1.0, 0.5)
    found = analysis_of(sound, notices=("<b>bold</b>",))
    found = found.model_copy(update={"track": found.track.model_copy(update={"title": title})})
    write_page(found, sound, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "<b>bold" not in text
    assert "&lt;b&gt;bold" in text


def test_the_same_song_gives_the_same_page(tmp_path):
    sound = ticks(2.0, 0.5)
    for name in ("a.html", "b.html"):
        write_page(analysis_of(sound), sound, tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_another_ending_or_a_missing_folder_is_one_sentence(tmp_path):
    sound = ticks(1.0, 0.5)
    with pytest.raises(InvalidInput, match=r"its name must end in \.html"):
        write_page(analysis_of(sound), sound, tmp_path / "page.txt")
    with pytest.raises(MachineError, match="cannot write"):
        write_page(analysis_of(sound), sound, tmp_path / "none" / "page.html")


def test_trust_has_words_and_a_doubtful_octave_says_what_to_do():
    assert [trust_word(t) for t in (1.0, 0.7, 0.5, 0.1)] == [
        "sure",
        "likely",
        "doubtful",
        "a guess",
    ]
    found = analyses.pop(bpm=140.0)
    assert doubts(found) == []
    reasons = ("the tempo may as well be heard at half speed", "bar starts are not clear")
    trust = found.trust.model_copy(update={"octave": 0.4, "reasons": reasons})
    said = doubts(found.model_copy(update={"trust": trust}))
    assert said[0] == "Bar starts are not clear"
    assert "70.0 BPM (--half) or 280.0 BPM (--double): listen to the clicks" in said[1]
    assert len(said) == 2


def test_chords_and_facts_are_as_a_musician_writes_them():
    assert chord_name(Chord(start=0, end=1, root=10, quality="min7")) == "B♭m7"
    assert chord_name(Chord(start=0, end=1, root=None)) == ""
    told = {fact.name: fact.figure for fact in facts(analyses.pop())}
    assert told["tempo"] == "120.0 BPM"
    assert told["key"] == "A minor"
    assert told["loudness"] == "-14.0 LUFS"
    assert {fact.figure for fact in facts(analyses.ambient())} >= {"no pulse"}
