"""The mix under a picture: what comes out is measured by FFmpeg and pyloudnorm."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from songreel.assembly.mixing.mix import mix
from songreel.assembly.mixing.stem import Stem
from songreel.models.errors import InvalidInput
from songreel.models.mix import MixSpec
from songreel.sound.pcm import Pcm, write_wav
from support.meter import ffmpeg_reads
from support.mixes import RATE, delivered, film, music, noise, packets_of, tone

NTSC = Fraction(30000, 1001)
AS_IT_IS = {"target": None, "ceiling": 0.0}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds with a tone of 1 kHz."""
    path = tmp_path_factory.mktemp("source") / "film.mp4"
    return film(path, 25, 100, tone(4, 0.1, 1000))


def level(samples: np.ndarray, hertz: float, first: float, last: float) -> float:
    """dB of a tone in a stretch of seconds."""
    part = samples[0, round(first * RATE) : round(last * RATE)].astype(np.float64)
    wave = np.exp(-2j * np.pi * hertz * np.arange(part.size) / RATE)
    return float(20 * np.log10(2 * abs((part * np.hanning(part.size) * 2 * wave).mean()) + 1e-9))


# Loudness and true peak


@pytest.mark.parametrize(
    ("kind", "codec"),
    [
        pytest.param(
            kind, codec, marks=() if "aac" in codec or kind == "peaks" else pytest.mark.slow
        )
        for kind in ("peaks", "noise", "quiet")
        for codec in ("aac", "alac", "flac", "wav")
    ],
)
def test_loudness_and_true_peak_are_those_asked_for(tmp_path: Path, kind: str, codec: str):
    sound = {"peaks": music(3), "noise": noise(3, 0.3), "quiet": tone(3, 0.003)}[kind]
    out = tmp_path / f"out{'.wav' if codec == 'wav' else '.m4a' if codec != 'flac' else '.flac'}"
    mixed = mix(None, [Stem(Pcm(sound, RATE))], MixSpec(codec=codec), out)
    samples = delivered(out).samples
    heard = ffmpeg_reads(samples, RATE, "stereo")
    assert heard.integrated == pytest.approx(-14, abs=0.3)
    assert heard.true_peak <= -1.0
    assert pyloudnorm.Meter(RATE).integrated_loudness(samples.T) == pytest.approx(-14, abs=0.4)
    assert mixed.integrated == pytest.approx(heard.integrated, abs=0.05)
    assert mixed.true_peak == pytest.approx(heard.true_peak, abs=0.05)
    assert (mixed.reduction > 2) == (kind == "peaks")
    assert mixed.notices == ()


def test_aac_that_adds_to_the_peaks_is_brought_under_the_ceiling(tmp_path: Path):
    out = tmp_path / "hot.m4a"
    mixed = mix(None, [Stem(Pcm(music(3), RATE))], MixSpec(target=-12, bitrate=96_000), out)
    heard = ffmpeg_reads(delivered(out).samples, RATE, "stereo")
    assert heard.true_peak <= -1.0
    assert heard.integrated == pytest.approx(-12, abs=1.0)
    assert mixed.reduction > 3


def test_off_leaves_the_level_and_the_samples(tmp_path: Path):
    sound = tone(1, 0.2)
    mixed = mix(
        None, [Stem(Pcm(sound, RATE))], MixSpec(codec="wav", target=None), tmp_path / "a.wav"
    )
    assert mixed.gain == 0
    assert_allclose(delivered(tmp_path / "a.wav").samples, sound, atol=2**-23)


def test_silence_is_left_silent(tmp_path: Path):
    out = tmp_path / "a.m4a"
    mixed = mix(None, [Stem(Pcm(np.zeros((2, RATE), np.float32), RATE))], MixSpec(), out)
    assert (mixed.integrated, mixed.true_peak, mixed.gain) == (None, None, 0)
    assert mixed.notices == ("the mix is silent; it was left so",)
    assert not delivered(out).samples.any()


@pytest.mark.parametrize(
    ("sound", "said"),
    [
        (noise(2, 0.0003), "were raised by 40 dB and no further"),
        (noise(2, 0.0003) + np.eye(1, 2 * RATE, RATE, dtype=np.float32), "takes off 12 dB"),
        (noise(0.2, 0.1), "too short or too quiet to have a loudness"),
    ],
)
def test_a_target_out_of_reach_is_told(tmp_path: Path, sound: np.ndarray, said: str):
    spec = MixSpec(codec="flac")
    mixed = mix(None, [Stem(Pcm(sound, RATE))], spec, tmp_path / "a.flac")
    assert any(said in text for text in mixed.notices)
    heard = ffmpeg_reads(delivered(tmp_path / "a.flac").samples, RATE, "stereo")
    assert heard.true_peak <= -1.0
    assert heard.integrated < -14.5


# Lengths


@pytest.mark.parametrize(
    ("rate", "suffix", "codec"),
    [
        (Fraction(24), ".mp4", "aac"), (NTSC, ".mp4", "aac"), (NTSC, ".mp4", "alac"),
        (NTSC, ".mov", "wav"), (NTSC, ".mkv", "flac"),
        *(
            pytest.param(*each, marks=pytest.mark.slow)
            for each in (
                (Fraction(25), ".mp4", "aac"), (Fraction(24), ".mkv", "aac"), (NTSC, ".mkv", "aac"),
                (Fraction(25), ".mov", "aac"), (NTSC, ".mp4", "flac"),
            )
        ),
    ],
)  # fmt: skip
def test_the_picture_is_copied_and_the_sound_is_as_long(tmp_path: Path, rate, suffix, codec):
    video = film(tmp_path / "film.mp4", rate, 53, tone(1.7, 0.1))
    out = tmp_path / f"out{suffix}"
    mixed = mix(video, [Stem(Pcm(noise(9, 0.1), RATE))], MixSpec(codec=codec), out)
    was, now = delivered(video), delivered(out)
    assert now.packets == was.packets
    assert (now.frames, mixed.frames) == (53, 53)
    # Matroska counts in milliseconds; the others keep each time as it was.
    assert_allclose(now.stamps, was.stamps, atol=0.0006 if suffix == ".mkv" else 1e-9)
    assert now.counted == mixed.samples == round(Fraction(53) / rate * RATE)
    assert now.samples.shape[1] == now.counted
    assert mixed.same_picture


@pytest.mark.slow
def test_95_seconds_of_picture_have_95_seconds_of_sound(tmp_path: Path):
    video = film(tmp_path / "film.mp4", 24, 95 * 24, size=16)
    mix(video, [Stem(Pcm(tone(2, 0.1), RATE))], MixSpec(), tmp_path / "out.mp4")
    found = delivered(tmp_path / "out.mp4")
    assert (found.frames, found.counted) == (2280, 95 * RATE)


def test_sound_alone_lasts_as_long_as_the_last_sound_or_as_asked(tmp_path: Path):
    stems = [Stem(Pcm(tone(1, 0.1), RATE)), Stem(Pcm(tone(1, 0.1, rate=44_100), 44_100), 0.5)]
    assert mix(None, stems, MixSpec(codec="wav"), tmp_path / "a.wav").samples == 1.5 * RATE
    asked = mix(None, stems, MixSpec(codec="wav"), tmp_path / "b.wav", seconds=Fraction(7, 3))
    assert delivered(tmp_path / "b.wav").counted == asked.samples == 112_000


def test_the_same_mix_again_is_the_same_bytes(tmp_path: Path, source: Path):
    for name in ("a.mp4", "b.mp4"):
        mix(source, [Stem(Pcm(music(4), RATE))], MixSpec(), tmp_path / name)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


# Modes


@pytest.mark.parametrize(
    ("mode", "own", "new"),
    [("keep", -20, None), ("mix", -20, -26), ("replace", None, -26), ("duck", -32, -26)],
)
def test_modes_do_what_they_say(tmp_path: Path, source: Path, mode, own, new):
    stems = [] if mode == "keep" else [Stem(Pcm(tone(4, 0.05), RATE))]
    spec = MixSpec(mode=mode, codec="flac", **AS_IT_IS)
    mix(source, stems, spec, tmp_path / "out.mp4")
    samples = delivered(tmp_path / "out.mp4").samples
    for hertz, wanted in ((1000, own), (440, new)):
        found = level(samples, hertz, 1, 3)
        assert found < -80 if wanted is None else found == pytest.approx(wanted, abs=0.1)


def test_gains_and_places_are_those_of_the_stems(tmp_path: Path):
    stems = [
        Stem(Pcm(tone(1, 0.1), RATE), start=1.25, gain=-6),
        Stem(Pcm(tone(1, 0.1, 1000), RATE), start=-0.5),
    ]
    out = tmp_path / "a.wav"
    mix(None, stems, MixSpec(codec="wav", gain=3, **AS_IT_IS), out)
    samples = delivered(out).samples
    assert samples.shape[1] == 2.25 * RATE
    assert not samples[:, RATE // 2 : round(1.25 * RATE)].any()
    assert level(samples, 440, 1.25, 2.25) == pytest.approx(-26, abs=0.02)
    assert level(samples, 1000, 0, 0.5) == pytest.approx(-17, abs=0.02)


def test_the_films_own_sound_stays_where_it_was(tmp_path: Path):
    click = np.zeros((2, 4 * RATE), np.float32)
    click[:, 72_000] = 0.9
    video = film(tmp_path / "film.mkv", 24, 96, click)
    mix(video, [], MixSpec(mode="keep", codec="alac", **AS_IT_IS), tmp_path / "out.mp4")
    assert np.abs(delivered(tmp_path / "out.mp4").samples[0]).argmax() == 72_000


# Ducking


def test_the_source_goes_down_before_the_new_sound_and_comes_back_without_pumping(tmp_path: Path):
    video = film(tmp_path / "film.mp4", 10, 60, tone(6, 0.1, 1000))
    # Words of a tenth of a second, a pause of 0.3 s between them, from 2 to 4 s.
    words = tone(2, 0.2) * ((np.arange(2 * RATE) % round(0.4 * RATE)) < 0.1 * RATE)
    spec = MixSpec(mode="duck", codec="flac", duck_by=15, **AS_IT_IS)
    mix(video, [Stem(Pcm(words, RATE), start=2)], spec, tmp_path / "out.mp4")
    samples = delivered(tmp_path / "out.mp4").samples
    assert level(samples, 1000, 0.2, 1.7) == pytest.approx(-20, abs=0.1)
    for first in np.arange(2.0, 3.9, 0.1):
        assert level(samples, 1000, first, first + 0.1) == pytest.approx(-35, abs=0.3)
    assert level(samples, 1000, 5.2, 5.9) == pytest.approx(-20, abs=0.1)


def test_a_silent_new_sound_ducks_nothing(tmp_path: Path, source: Path):
    stems = [Stem(Pcm(np.zeros((2, RATE), np.float32), RATE))]
    for mode in ("duck", "keep"):
        spec = MixSpec(mode=mode, codec="flac", **AS_IT_IS)
        mix(source, stems if mode == "duck" else [], spec, tmp_path / f"{mode}.mp4")
    found = [delivered(tmp_path / f"{mode}.mp4").samples for mode in ("duck", "keep")]
    assert_array_equal(*found)


# Fades


@pytest.mark.parametrize("target", [None, -14.0])
def test_fades_of_the_mix_change_their_span_alone(tmp_path: Path, source: Path, target):
    stems = [Stem(Pcm(music(4), RATE))]
    for name, fades in (("plain", (0, 0)), ("faded", (0.25, 0.5))):
        spec = MixSpec(codec="flac", target=target, fade_in=fades[0], fade_out=fades[1])
        mix(source, stems, spec, tmp_path / f"{name}.mp4")
    plain, faded = (delivered(tmp_path / f"{name}.mp4").samples for name in ("plain", "faded"))
    assert_array_equal(faded[:, RATE // 4 : -RATE // 2], plain[:, RATE // 4 : -RATE // 2])
    assert not faded[:, -1].any()
    assert not faded[:, 0].any()
    assert level(faded, 220, 3.9, 4) < level(plain, 220, 3.9, 4) - 20


def test_with_long_fades_the_loudness_of_the_whole_is_kept(tmp_path: Path, source: Path):
    spec = MixSpec(codec="flac", fade_in=1.0, fade_out=2.5)
    mix(source, [Stem(Pcm(music(4), RATE))], spec, tmp_path / "out.mp4")
    heard = ffmpeg_reads(delivered(tmp_path / "out.mp4").samples, RATE, "stereo")
    assert heard.integrated == pytest.approx(-14, abs=1.0)
    assert heard.true_peak <= -1.0


def test_aac_fades_to_silence_and_keeps_its_middle(tmp_path: Path, source: Path):
    for name, span in (("plain", 0.0), ("faded", 0.5)):
        spec = MixSpec(mode="replace", fade_in=span, fade_out=span)
        mix(source, [Stem(Pcm(noise(4, 0.2), RATE))], spec, tmp_path / f"{name}.mp4")
    plain, faded = (delivered(tmp_path / f"{name}.mp4").samples for name in ("plain", "faded"))
    for first in np.arange(0.5, 3.5, 0.25):
        part = slice(round(first * RATE), round((first + 0.25) * RATE))
        was, now = (np.square(each[:, part].astype(np.float64)).mean() for each in (plain, faded))
        assert abs(10 * np.log10(now / was)) < 0.1
    assert np.abs(faded[:, -1]).max() < 1e-4
    assert np.abs(faded[:, 0]).max() < 1e-4


def test_a_stem_fades_where_it_is_heard(tmp_path: Path):
    stem = Stem(Pcm(tone(3, 0.5), RATE), start=1.0, fade_in=0.25, fade_out=0.5)
    spec = MixSpec(codec="wav", **AS_IT_IS)
    mix(None, [stem], spec, tmp_path / "a.wav", seconds=2)
    found = delivered(tmp_path / "a.wav").samples[0]
    whole = np.concatenate([np.zeros(RATE), tone(1, 0.5)[0]])
    inside = slice(round(1.25 * RATE), round(1.5 * RATE))
    assert_allclose(found[inside], whole[inside], atol=2**-22)
    assert found[-1] == 0
    assert np.abs(found[: RATE + 48]).max() < 0.01


# Sources


@pytest.mark.parametrize(("channels", "rate"), [(1, 44_100), (2, 8_000), (2, 96_000), (6, 48_000)])
def test_sounds_of_any_rate_and_layout(tmp_path: Path, channels: int, rate: int):
    wave = tone(2, 0.2, 440, rate)[:1].repeat(channels, 0)
    if channels == 6:
        wave[[0, 1, 3, 4]] = 0  # the centre and the right behind
    write_wav(tmp_path / "in.wav", wave, rate)
    spec = MixSpec(codec="wav", **AS_IT_IS)
    mixed = mix(None, [Stem(tmp_path / "in.wav")], spec, tmp_path / "out.wav")
    samples = delivered(tmp_path / "out.wav").samples
    assert samples.shape == (2, 2 * RATE)
    found = [level(samples[side:], 440, 0.5, 1.5) for side in (0, 1)]
    alone = 20 * np.log10(0.2)
    assert found == pytest.approx(
        [alone - 3.01, alone + 3.01] if channels == 6 else [alone, alone], abs=0.05
    )
    assert any("mixed down to stereo" in text for text in mixed.notices) == (channels == 6)


def test_a_film_in_surround_keeps_its_sound_in_stereo(tmp_path: Path):
    video = film(tmp_path / "film.mkv", 25, 50, noise(2, 0.05, channels=6), codec="flac")
    mixed = mix(video, [], MixSpec(mode="keep"), tmp_path / "out.mp4")
    heard = ffmpeg_reads(delivered(tmp_path / "out.mp4").samples, RATE, "stereo")
    assert heard.integrated == pytest.approx(-14, abs=0.3)
    assert "film.mkv: its 5.1 sound was mixed down to stereo" in mixed.notices[0]


# Refusals: one sentence, and nothing is written


@pytest.mark.parametrize(
    ("stems", "changes", "out", "said"),
    [
        ([Stem(Path("none.wav"))], {}, "out.mp4", "none.wav cannot be read as sound"),
        ([Stem(Path(__file__))], {}, "out.mp4", "test_mixing.py"),
        ([], {}, "out.mp4", "mode mix needs a sound"),
        ([Stem(Pcm(tone(1, 0.1), RATE))], {"mode": "keep"}, "out.mp4", "mode keep leaves"),
        ([Stem(Pcm(tone(1, 0.1), RATE))], {"codec": "wav"}, "out.mp4", ".mp4 does not carry wav"),
        ([Stem(Pcm(tone(1, 0.1), RATE))], {}, "out.avi", "ends in .mp4"),
        ([Stem(Pcm(tone(1, 0.1), RATE))], {"fade_out": 9}, "out.mp4", "do not fit a mix of 4.00 s"),
        ([Stem(Pcm(tone(1, 0.1), RATE), 9)], {}, "out.mp4", "is to begin at 9 s"),
        ([Stem(Pcm(tone(1, 0.1), RATE), fade_in=2)], {}, "out.mp4", "do not fit a sound"),
        ([Stem(Pcm(tone(1, 0.1), RATE))], {}, "no/out.mp4", "there is no folder"),
    ],
)
def test_what_cannot_be_mixed_is_refused(tmp_path: Path, source: Path, stems, changes, out, said):
    with pytest.raises(InvalidInput, match=said):
        mix(source, stems, MixSpec(**changes), tmp_path / out)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path, source: Path):
    was = packets_of(source)
    stem = Stem(Pcm(tone(1, 0.1), RATE))
    with pytest.raises(InvalidInput, match="is what is mixed"):
        mix(source, [stem], MixSpec(), source, replace=True)
    assert packets_of(source) == was
    (tmp_path / "out.mp4").write_text("mine")
    with pytest.raises(InvalidInput, match="exists; choose another name"):
        mix(source, [stem], MixSpec(), tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_text() == "mine"


def test_a_picture_that_the_file_cannot_hold_is_told(tmp_path: Path, source: Path):
    video = film(tmp_path / "film.mkv", 25, 5)
    assert mix(video, [Stem(Pcm(tone(1, 0.1), RATE))], MixSpec(), tmp_path / "a.mkv").frames == 5
    with pytest.raises(InvalidInput, match="has no sound that could be kept"):
        mix(video, [], MixSpec(mode="keep"), tmp_path / "b.mkv")
    write_wav(tmp_path / "a.wav", tone(1, 0.1), RATE)
    with pytest.raises(InvalidInput, match="has no moving picture"):
        mix(tmp_path / "a.wav", [Stem(source)], MixSpec(), tmp_path / "c.mp4")
