"""The whole analysis: complete, repeatable, the same louder or later, and honest when lost."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from songreel.analysis.analyze import analyze
from songreel.analysis.mood import DECIMALS
from songreel.models.music import Analysis
from support.songs import RATE, Song, compose, noise, silence
from support.sounds import MemorySound

QUARTER = float(20 * np.log10(0.25))
"""Decibels."""


@pytest.fixture(scope="module")
def song() -> Song:
    return compose()


@pytest.fixture(scope="module")
def analysis(song) -> Analysis:
    return analyze(song.sound)


def changed(sound: MemorySound, samples: np.ndarray) -> MemorySound:
    return MemorySound(samples.astype(np.float32), sample_rate=sound.sample_rate)


def test_tempo_key_and_form_are_found(song, analysis):
    assert analysis.tempo == pytest.approx(song.bpm, rel=0.005)
    assert str(analysis.key) == song.key
    starts = [part.start for part in analysis.sections]
    # The grid is heard, not known: 70 ms is the tolerance of the beat F-measure.
    assert_allclose(starts, song.borders[:-1], atol=0.07)
    labels = [part.label for part in analysis.sections]
    assert labels == ["intro", "verse", "chorus", "verse", "chorus", "outro"]
    letters = [part.letter for part in analysis.sections]
    assert letters[1:5] == ["B", "C", "B", "C"]


def test_sections_and_phrases_lie_on_downbeats(analysis):
    downbeats = {0.0, *analysis.downbeats}
    assert {part.start for part in analysis.sections} <= downbeats
    assert set(analysis.phrases) <= downbeats
    assert {part.start for part in analysis.sections} <= set(analysis.phrases)


def test_sections_tile_the_song(song, analysis):
    assert analysis.sections[0].start == 0
    assert analysis.sections[-1].end == song.sound.track.duration


def test_choruses_are_stronger_than_verses_and_the_drops_are_theirs(analysis):
    energy = {part.label: part.energy for part in analysis.sections}
    assert energy["chorus"] > energy["verse"] + 0.2 > energy["intro"] + 0.2
    choruses = [part.start for part in analysis.sections if part.label == "chorus"]
    assert [e.start for e in analysis.events if e.kind == "drop"] == choruses


def test_the_same_sound_gives_the_same_bytes(song, analysis):
    assert analyze(song.sound).to_json() == analysis.to_json()


def test_the_document_reads_back(analysis):
    assert Analysis.from_json(analysis.to_json()) == analysis


def test_a_quieter_song_differs_in_loudness_only(song, analysis):
    """A quarter of the level is exact in float32: nothing else may move by the last digit."""
    quiet = analyze(song.sound.louder(QUARTER))
    assert quiet.loudness.integrated == pytest.approx(
        analysis.loudness.integrated + QUARTER, abs=0.02
    )
    assert quiet.loudness.range == pytest.approx(analysis.loudness.range, abs=0.02)
    assert quiet.model_copy(update={"loudness": analysis.loudness}) == analysis


def test_a_gain_that_rounds_the_samples_moves_a_mood_by_its_last_digit_at_most(song, analysis):
    quiet = analyze(song.sound.louder(-12))
    for name in ("valence", "arousal"):
        digit = 10**-DECIMALS
        values = getattr(quiet, name).array
        assert_allclose(values, getattr(analysis, name).array, rtol=0, atol=1.01 * digit)
    apart = {name: getattr(analysis, name) for name in ("loudness", "valence", "arousal")}
    assert quiet.model_copy(update=apart) == analysis


def test_a_second_of_silence_in_front_moves_everything_by_a_second(song, analysis):
    late = analyze(song.sound.delayed(1.0))

    def moved(times):
        return [round(t + 1, 6) for t in times]

    assert late.sections[0].start == 0
    assert [p.start for p in late.sections[1:]] == moved(p.start for p in analysis.sections[1:])
    assert [(p.label, p.letter) for p in late.sections] == [
        (p.label, p.letter) for p in analysis.sections
    ]
    assert list(late.phrases[1:]) == moved(analysis.phrases[1:])
    kinds = [(e.kind, e.start) for e in late.events if e.start > 0]
    assert kinds == [(e.kind, round(e.start + 1, 6)) for e in analysis.events]
    assert_allclose(late.energy.array[10:], analysis.energy.array, atol=2e-4)
    assert late.key == analysis.key


def test_a_mono_file_at_8_khz_is_understood(song):
    import soxr

    mono = soxr.resample(song.sound.samples.mean(axis=0), RATE, 8000)[None]
    found = analyze(MemorySound(mono.astype(np.float32), sample_rate=8000))
    # Without hi-hats half the tempo is as good an answer.
    assert min(found.tempo, 2 * found.tempo, key=lambda t: abs(t - song.bpm)) == pytest.approx(
        song.bpm, rel=0.005
    )
    assert str(found.key) == song.key


@pytest.mark.parametrize("seconds", [0.01, 1.0, 30.0])
def test_silence_is_one_silent_section_without_claims(seconds):
    found = analyze(silence(seconds))
    assert (found.key, found.tempo, found.beats) == (None, None, ())
    (part,) = found.sections
    assert part.label == "silence"
    assert found.loudness.integrated is None
    assert found.trust.model_dump(exclude={"reasons"}) == dict.fromkeys(
        ("grid", "octave", "meter", "sections", "key"), 0.0
    )
    assert "silent" in " ".join(found.trust.reasons)


@pytest.mark.parametrize("slope", [0.0, -4.0])
def test_rain_has_no_beat_and_no_key(slope):
    found = analyze(noise(30, slope=slope))
    assert found.trust.grid < 0.5
    assert found.key is None
    assert found.trust.sections <= 0.3
    assert {part.label for part in found.sections} == {"section"}
    gaps = np.diff([*found.phrases, 30.0])
    assert gaps.min() >= 4
    assert found.trust.reasons


def test_a_second_of_music_is_a_whole_analysis_with_little_trust(song):
    second = changed(song.sound, song.sound.samples[:, 30 * RATE : 31 * RATE])
    found = analyze(second)
    assert len(found.sections) == 1
    assert found.trust.grid < 0.5
    assert found.trust.key < 0.2


def test_progress_rises_to_one_and_can_stop_the_work():
    told: list[float] = []
    analyze(noise(2.0), lambda _, done: told.append(done))
    assert told == sorted(told)
    assert told[-1] == 1.0

    def stop(what: str, done: float) -> None:
        if done > 0.3:
            raise KeyboardInterrupt(what)

    with pytest.raises(KeyboardInterrupt):
        analyze(noise(2.0), stop)


@pytest.mark.slow
def test_an_hour_keeps_its_form(song):
    """Forty-five times the song: the same letters come back, and memory stays in reason."""

    class Loop(MemorySound):
        def blocks(self):
            for _ in range(45):
                yield from super().blocks()

        @property
        def track(self):
            once = super().track
            return once.model_copy(update={"samples": once.samples * 45})

    found = analyze(Loop(song.sound.samples))
    assert found.sections[-1].end == pytest.approx(45 * song.sound.track.duration)
    assert len({part.letter for part in found.sections}) <= 6
    assert found.tempo == pytest.approx(song.bpm, rel=0.005)
