"""The finished file: every picture on its frame, the song to the sample, the same bytes again."""

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from songreel.assembly.edit import edit, soft_span
from songreel.assembly.render import render
from songreel.assembly.samples import quantised
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.progress import silent
from songreel.models.timebase import RATES
from songreel.models.transition import TransitionKind
from support.barcodes import make_clip, read_film
from support.films import CROSSFADE, CUT, DIP, FLASH, KILLED, film, song

STARTS = [0.0, 0.71, 1.302, 2.2, 3.1, 3.617]
MIXED = [CUT, CUT, CROSSFADE, DIP, FLASH, CUT]


def rendered(made, *, workers=2, progress=silent, name="film"):
    timeline = edit(made.storyboard, made.clips, made.spec)
    output = made.project / f"{name}.{made.spec.format}"
    result = render(
        timeline, made.sound, made.spec, project=made.project, output=output,
        workers=workers, progress=progress,
    )  # fmt: skip
    return result, timeline, output


def heard(path: Path) -> tuple[np.ndarray, int, int]:
    """(samples of shape (channels, n) as floats, sample rate, length the container states)."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        blocks = []
        for frame in container.decode(stream):
            raw = frame.to_ndarray()
            if not frame.format.is_planar:
                raw = raw.reshape(-1, frame.layout.nb_channels).T
            if raw.dtype.kind != "f":
                raw = raw / 2.0 ** (8 * raw.dtype.itemsize - 1)
            blocks.append(raw)
        samples = np.concatenate(blocks, axis=1)
        stated = stream.duration * stream.time_base * stream.rate if stream.duration else 0
        return samples, stream.rate, round(stated)


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_every_frame_of_every_shot_is_the_planned_one(tmp_path, rate):
    made = film(tmp_path, song(4.3), STARTS, MIXED, rate=rate)
    _, timeline, output = rendered(made)
    shown = read_film(output)
    assert len(shown) == timeline.frames
    cuts = timeline.cuts
    for i, cut in enumerate(cuts):
        following = soft_span(cuts[i + 1])[0] if i + 1 < len(cuts) else cut.end
        whole = soft_span(cut)[1]
        if cut.transition is TransitionKind.DIP:
            whole = cut.start + 1  # only its middle is black: dimmed barcodes can be read
        for frame in range(whole, following):
            expected = (made.numbers[cut.shot], cut.source + frame - cut.start)
            assert shown[frame] == expected, f"{cut.shot}, film frame {frame}"


@pytest.mark.parametrize("form", ["mp4", "mkv", "mov"])
def test_pictures_are_shown_at_exact_times(tmp_path, form):
    rate = Fraction(30000, 1001)
    made = film(tmp_path, song(2.0), [0, 0.8], rate=rate, form=form)
    _, timeline, output = rendered(made)
    with av.open(str(output)) as container:
        stream = container.streams.video[0]
        times = [frame.pts * stream.time_base for frame in container.decode(stream)]
        assert stream.average_rate == rate
        assert stream.codec_context.color_range == 1
        assert stream.codec_context.colorspace == 1
    # Matroska as FFmpeg writes it counts in milliseconds; MOV and MP4 are exact.
    tolerance = Fraction(1, 2000) if form == "mkv" else 0
    assert len(times) == timeline.frames
    assert all(abs(time - k / rate) <= tolerance for k, time in enumerate(times))


@pytest.mark.parametrize("form", ["mkv", "mov"])
@pytest.mark.parametrize(
    ("sample_rate", "channels", "bits"),
    [(44100, 2, 16), (96000, 2, 24), (8000, 1, 8), (48000, 6, 24), (192000, 1, 24), (22050, 2, 20)],
)
def test_lossless_sound_is_the_song_to_the_bit(tmp_path, form, sample_rate, channels, bits):
    sound = song(samples=sample_rate + 123, sample_rate=sample_rate, channels=channels, bits=bits)
    _, _, output = rendered(film(tmp_path, sound, [0, 0.5], form=form))
    samples, rate, _ = heard(output)
    assert rate == sample_rate
    np.testing.assert_array_equal(samples, sound.samples)


@pytest.mark.parametrize("form", ["mkv", "mov"])
def test_a_lossy_song_is_delivered_at_24_bits(tmp_path, form):
    sound = song(1.1, bits=None)
    loud = replace(sound, samples=sound.samples * np.float32(4))  # some of it beyond full scale
    _, _, output = rendered(film(tmp_path, loud, [0, 0.5], form=form))
    samples, _, _ = heard(output)
    np.testing.assert_array_equal(samples * 2.0**23, quantised(loud.samples, 24))


@pytest.mark.parametrize(
    ("sample_rate", "channels"),
    [(44100, 2), (48000, 6), (96000, 2), (8000, 1), (16000, 1), (22050, 2)],
)
def test_aac_starts_where_the_song_starts_and_ends_where_it_ends(tmp_path, sample_rate, channels):
    sound = song(samples=2 * sample_rate + 345, sample_rate=sample_rate, channels=channels)
    _, _, output = rendered(film(tmp_path, sound, [0, 0.5]))
    samples, rate, stated = heard(output)
    assert rate == sample_rate
    assert stated == sound.track.samples
    assert 0 <= samples.shape[1] - stated < 1024  # the rest of the last AAC frame, cut by players
    a, b = sound.samples[0].astype(float), samples[0, : sound.track.samples].astype(float)
    size = 1 << 20
    product = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)))
    lag = int(np.argmax(product))
    assert min(lag, size - lag) == 0
    assert product[lag] / np.sqrt((a @ a) * (b @ b)) > 0.9


def test_aac_above_its_rates_is_resampled_and_still_on_time(tmp_path):
    sound = song(samples=192001, sample_rate=192000, channels=2, bits=24)
    _, _, output = rendered(film(tmp_path, sound, [0, 0.5]))
    samples, rate, stated = heard(output)
    assert (rate, stated) == (96000, 96000)
    a = sound.samples[0, ::2][:96000].astype(float)
    b = samples[0, :96000].astype(float)
    shifts = {s: float(a[100:-100] @ np.roll(b, -s)[100:-100]) for s in range(-40, 41)}
    assert abs(max(shifts, key=shifts.__getitem__)) <= 1


@pytest.mark.parametrize("form", ["mp4", "mkv"])
@pytest.mark.parametrize("samples", [44100, 44101, 44099, 61234, 1837, 3675, 3676])
def test_picture_covers_the_song_by_less_than_a_frame(tmp_path, samples, form):
    sound = song(samples=samples)
    rate = Fraction(24)
    made = film(tmp_path, sound, [0], rate=rate, form=form)
    result, _, output = rendered(made)
    frames = len(read_film(output))
    assert 0 <= Fraction(frames) / rate - Fraction(samples, 44100) < 1 / rate
    assert result.frames == frames


def test_the_file_says_what_it_is(tmp_path):
    made = film(tmp_path, song(1.0), [0])
    _, _, output = rendered(made)
    with av.open(str(output)) as container:
        assert container.metadata["title"] == "Söng"
        assert "songreel" in container.metadata["comment"]
        assert "creation_time" not in container.metadata
    head = output.read_bytes()[:4096]
    assert b"moov" in head  # can be played while it loads


@pytest.mark.parametrize("form", ["mp4", "mkv", "mov"])
def test_the_same_film_is_the_same_bytes_on_any_number_of_workers(tmp_path, form):
    first = film(tmp_path / "a", song(3.0), STARTS[:4], MIXED[:4], form=form)
    second = film(tmp_path / "b", song(3.0), STARTS[:4], MIXED[:4], form=form)
    a, _, _ = rendered(first, workers=1)
    b, _, _ = rendered(second, workers=4)
    assert a == b


def test_rendering_again_makes_no_segment(tmp_path):
    made = film(tmp_path, song(4.3), STARTS, MIXED)
    first, _, _ = rendered(made)
    again, _, _ = rendered(made)
    assert (first.made_segments, first.reused_segments) == (8, 0)
    assert (again.made_segments, again.reused_segments) == (0, 8)
    assert again.sha256 == first.sha256


@pytest.mark.parametrize(("shot", "remade"), [("s01", 2), ("s00", 1), ("s03", 2), ("s02", 3)])
def test_a_changed_clip_remakes_its_own_segments_only(tmp_path, shot, remade):
    """One for a shot between hard cuts, one more for each fade it takes part in."""
    made = film(tmp_path, song(4.3), STARTS, MIXED)
    rendered(made)
    old = made.clips[shot]
    new = make_clip(tmp_path / "clips", 90, old.frames, made.spec.rate, head=old.request.head)
    changed = replace(made, clips=made.clips | {shot: new}, numbers=made.numbers | {shot: 90})
    result, timeline, output = rendered(changed)
    assert (result.made_segments, result.reused_segments) == (remade, 8 - remade)
    cut = next(cut for cut in timeline.cuts if cut.shot == shot)
    middle = (cut.start + cut.end) // 2
    assert read_film(output)[middle] == (90, cut.source + middle - cut.start)


def test_a_damaged_segment_is_made_anew(tmp_path):
    made = film(tmp_path, song(2.0), [0, 1.0])
    first, _, _ = rendered(made)
    victim = next((tmp_path / "segments").glob("*.mp4"))
    victim.write_bytes(victim.read_bytes()[:-100])
    again, _, _ = rendered(made)
    assert again.made_segments == 1
    assert again.sha256 == first.sha256


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_killed_at_any_moment_and_run_again_it_is_the_same_video(tmp_path):
    whole = film(tmp_path / "whole", song(4.3), STARTS, MIXED)
    undisturbed, timeline, _ = rendered(whole)
    made = film(tmp_path / "killed", song(4.3), STARTS, MIXED)
    timeline.save(made.project / "timeline.json")
    # The film has 104 frames; segments call once a frame, the joining once in 64 and at its end.
    for at in (1, 40, 30, 20, 14, 1):
        command = [sys.executable, "-c", KILLED, str(made.project), str(at)]
        killed = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True)
        assert killed.returncode == -9, killed.stderr.decode()
        assert not (made.project / "film.mp4").exists()
    finished, _, output = rendered(made)
    assert finished.reused_segments > 0
    assert finished.sha256 == undisturbed.sha256
    assert [p.name for p in made.project.glob("*film*")] == [output.name]


_DISK_FULL = """
import resource, sys
from pathlib import Path
from support.films import KILLED, song
from songreel.assembly.render import render
from songreel.models.errors import MachineError
from songreel.models.progress import silent
from songreel.models.timeline import Timeline
from songreel.models.render import RenderSpec

project, limit = Path(sys.argv[1]), int(sys.argv[2])
timeline = Timeline.load(project / "timeline.json")
spec = RenderSpec(width=timeline.width, height=timeline.height, rate=timeline.rate)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    render(timeline, song(4.3), spec, project=project, output=project / "film.mp4", workers=2,
           progress=silent)
except MachineError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file size")
@pytest.mark.parametrize("limit", [100, 3000, 60_000])
def test_a_full_disk_is_one_sentence_and_leaves_no_half_file(tmp_path, limit):
    """A limit on file size refuses writes as a full disk does: segments first, then the film."""
    made = film(tmp_path, song(4.3), STARTS, MIXED)
    edit(made.storyboard, made.clips, made.spec).save(tmp_path / "timeline.json")
    command = [sys.executable, "-c", _DISK_FULL, str(tmp_path), str(limit)]
    ran = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("cannot write ")
    assert "\n" not in ran.stdout.strip()
    assert not list(tmp_path.glob("*film*"))
    assert not list((tmp_path / "segments").glob("*partial*"))


def test_an_output_folder_that_is_a_file_is_one_sentence(tmp_path):
    made = film(tmp_path, song(1.0), [0])
    (tmp_path / "taken").write_text("a file")
    timeline = edit(made.storyboard, made.clips, made.spec)
    with pytest.raises(MachineError, match=r"cannot write .*taken/film\.mp4"):
        render(timeline, made.sound, made.spec, project=tmp_path,
               output=tmp_path / "taken" / "film.mp4", workers=1, progress=silent)  # fmt: skip


def test_a_name_with_spaces_and_umlauts_is_a_name(tmp_path):
    made = film(tmp_path / "Mein schönes Lied %d", song(1.0), [0, 0.5])
    result, _, output = rendered(made, name="über alles (live) 100%")
    assert result.file == output.name
    assert len(read_film(output)) == 24


def test_a_clip_that_changed_since_the_plan_is_refused(tmp_path):
    made = film(tmp_path, song(2.0), [0, 1.0])
    path = tmp_path / "clips" / made.clips["s01"].file
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(InvalidInput, match=r"shot s01: .*content has changed"):
        rendered(made)
    path.unlink()
    with pytest.raises(InvalidInput, match=r"shot s01: its clip .* cannot be read"):
        rendered(made)


def test_an_edit_for_another_song_or_size_is_refused(tmp_path):
    made = film(tmp_path, song(2.0), [0, 1.0])
    timeline = edit(made.storyboard, made.clips, made.spec)

    def attempt(sound, spec):
        render(timeline, sound, spec, project=tmp_path, output=tmp_path / "x.mp4", workers=1,
               progress=silent)  # fmt: skip

    with pytest.raises(InvalidInput, match="48 frames, song.wav needs 72"):
        attempt(song(3.0), made.spec)
    with pytest.raises(InvalidInput, match="edit again"):
        attempt(made.sound, made.spec.model_copy(update={"width": 256}))


def test_stopping_from_the_progress_stops_and_goes_on_later(tmp_path):
    made = film(tmp_path, song(4.3), STARTS, MIXED)

    def impatient(_, done):
        if done > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rendered(made, progress=impatient)
    result, _, _ = rendered(made)
    assert result.made_segments + result.reused_segments == 8
    assert result.reused_segments > 0


def test_progress_rises_to_its_end(tmp_path):
    told: list[tuple[str, float]] = []
    rendered(film(tmp_path, song(2.0), [0, 1.0]), workers=1,
             progress=lambda what, done: told.append((what, done)))  # fmt: skip
    for what in ("cutting the shots", "joining picture and song"):
        shares = [done for name, done in told if name == what]
        assert shares == sorted(shares)
        assert shares[-1] == 1


@pytest.mark.slow
def test_ten_minutes_do_not_drift(tmp_path):
    """18,000 frames at 29.97 fps beside 26 million samples, in whole-film arithmetic."""
    rate = Fraction(30000, 1001)
    sound = song(600.0, channels=1)
    starts = [0.0] + [float(t) + 0.123 for t in range(20, 600, 20)]
    made = film(tmp_path, sound, starts, rate=rate)
    result, timeline, output = rendered(made)
    shown = read_film(output)
    assert result.frames == len(shown) == timeline.frames == 17983
    for cut in timeline.cuts:
        assert shown[cut.start] == (made.numbers[cut.shot], 0)
    samples, _, stated = heard(output)
    assert stated == sound.track.samples
    for first in (0, stated // 2, stated - 441000):
        a, b = (x[0, first : first + 441000].astype(float) for x in (sound.samples, samples))
        product = np.fft.irfft(np.fft.rfft(b, 1 << 20) * np.conj(np.fft.rfft(a, 1 << 20)))
        assert int(np.argmax(product)) == 0
