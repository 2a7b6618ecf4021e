"""The sync report: what holds is found to hold, and every planted fault is found."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from songreel.assembly.check import check
from songreel.assembly.edit import edit, soft_span
from songreel.assembly.pictures import of_rgb
from songreel.assembly.render import render
from songreel.assembly.report import write_page
from songreel.assembly.stills import Gallery
from songreel.assembly.summary import verdict
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.progress import silent
from songreel.models.render import SyncReport
from songreel.models.timebase import RATES
from songreel.models.timeline import Timeline
from songreel.models.transition import Transition, TransitionKind
from support.barcodes import HEIGHT, WIDTH, make_clip, picture
from support.films import CROSSFADE, CUT, DIP, FLASH, Film, film, song

STARTS = [0.0, 0.71, 1.302, 2.2, 3.1, 3.617]
MIXED = [CUT, CUT, CROSSFADE, DIP, FLASH, CUT]


@dataclass(frozen=True)
class Made:
    """A rendered film, its edit and its file."""

    film: Film
    timeline: Timeline
    video: Path

    def checked(self, **other) -> SyncReport:
        """The report, with another timeline or sound than it was rendered from."""
        timeline, sound = other.get("timeline", self.timeline), other.get("sound", self.film.sound)
        return check(self.video, timeline, sound, self.film.spec)


def rendered(made: Film) -> Made:
    timeline = edit(made.storyboard, made.clips, made.spec)
    video = made.project / f"film.{made.spec.format}"
    render(timeline, made.sound, made.spec, project=made.project, output=video, workers=2,
           progress=silent)  # fmt: skip
    return Made(made, timeline, video)


def painted(
    project: Path, sound, starts, paint: Callable[[int], Callable[[int], np.ndarray]], **other
) -> Made:
    """A film whose shot i shows the pictures `paint(i)(0)`, `paint(i)(1)` …"""
    made = film(project, sound, starts, **other)
    clips = {
        shot: make_clip(project / "clips", 50 + i, clip.frames, made.spec.rate,
                        head=clip.request.head, paint=paint(i))
        for i, (shot, clip) in enumerate(made.clips.items())
    }  # fmt: skip
    return rendered(replace(made, clips=clips))


@pytest.fixture(scope="module")
def lossless(tmp_path_factory):
    """A film of all transitions with lossless sound."""
    return rendered(film(tmp_path_factory.mktemp("film"), song(4.3), STARTS, MIXED, form="mkv"))


def plain(luma: int) -> np.ndarray:
    whole = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    whole[:HEIGHT] = luma
    return whole


def travelling(seed: int, speed: float, light: Callable[[int], float] = lambda _: 1.0):
    """A soft random landscape that passes by at `speed` pixels a frame under changing light."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(40, 140, (9, 60))
    tint = rng.integers(100, 156, 2)
    x = np.linspace(0, 59, 4 * WIDTH)
    rows = np.array([np.interp(x, np.arange(60), row) for row in coarse])
    field = np.array([np.interp(np.linspace(0, 8, HEIGHT), np.arange(9), column)
                      for column in rows.T]).T  # fmt: skip

    def paint(i: int) -> np.ndarray:
        shift = (i * speed) % (2 * WIDTH)
        first = int(shift)
        part = field[:, first : first + WIDTH + 1]
        moved = part[:, :-1] * (1 - shift % 1) + part[:, 1:] * (shift % 1)
        whole = plain(0)
        whole[HEIGHT:].reshape(2, -1)[:] = tint[:, None]
        whole[:HEIGHT] = np.clip(16 + (moved - 16) * light(i), 16, 235)
        return whole

    return paint


def boiling(seed: int, hold: int = 10):
    """Soft random shapes that turn into others every `hold` frames."""
    rng = np.random.default_rng(seed)
    fields = [
        cv2.resize(rng.uniform(30, 220, (3, 4)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        for _ in range(40)
    ]

    def paint(i: int) -> np.ndarray:
        at, share = divmod(i, hold)
        mixed = fields[at] * (1 - share / hold) + fields[at + 1] * (share / hold)
        whole = plain(0)
        whole[:HEIGHT] = np.clip(mixed, 16, 235)
        return whole

    return paint


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_a_good_film_is_found_good(tmp_path, rate):
    made = rendered(film(tmp_path, song(4.3), STARTS, MIXED, rate=rate))
    report = made.checked()
    assert report.ok, report.notices
    assert [cut.found for cut in report.cuts] == [cut.start for cut in made.timeline.cuts[1:]]
    assert report.on_frame == 1
    assert report.audio_offset == 0
    assert report.audio_drift == 0
    assert report.faults == ()
    for cut in report.cuts:
        assert -1 / rate < cut.error <= 0


def test_lossless_sound_is_found_exact(lossless):
    report = lossless.checked()
    assert report.ok, report.notices
    assert report.audio_exact
    assert report.samples_found == report.samples_expected == lossless.film.sound.track.samples


def test_lead_is_accounted_for(tmp_path):
    made = rendered(film(tmp_path, song(3.0), [0, 0.9, 2.05], lead=2))
    report = made.checked()
    assert report.ok, report.notices
    for cut in report.cuts:
        assert -3 / 24 < cut.error <= -2 / 24


def moved_cut(timeline: Timeline, index: int, by: int) -> Timeline:
    """The edit as if cut `index` had been planned `by` frames later."""
    cuts = list(timeline.cuts)
    before, cut = cuts[index - 1], cuts[index]
    cuts[index - 1] = before.model_copy(update={"end": before.end + by})
    cuts[index] = cut.model_copy(
        update={"start": cut.start + by, "target": cut.target + by / float(timeline.rate)}
    )
    return timeline.model_copy(update={"cuts": tuple(cuts)})


@pytest.mark.parametrize("index", [1, 2, 3, 4, 5], ids=["cut", "crossfade", "dip", "flash", "cut2"])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_cut_off_by_one_frame_is_found(lossless, index, by):
    report = lossless.checked(timeline=moved_cut(lossless.timeline, index, by))
    cut = report.cuts[index - 1]
    assert cut.found == cut.planned - by
    # The middle of a fade is told to a frame: off by one is measured, and allowed.
    assert report.ok == (index in (2, 3))
    assert report.on_frame == 0.8


def test_a_cut_late_for_its_beat_is_found(lossless):
    cuts = list(lossless.timeline.cuts)
    cuts[1] = cuts[1].model_copy(update={"target": cuts[1].target - 0.05})
    report = lossless.checked(timeline=lossless.timeline.model_copy(update={"cuts": tuple(cuts)}))
    assert not report.ok
    assert any("after its beat" in notice for notice in report.notices)
    freely = lossless.timeline.model_copy(update={"cuts": tuple(cuts), "beat_locked": False})
    assert lossless.checked(timeline=freely).ok


@pytest.mark.parametrize("form", ["mp4", "mkv"])
@pytest.mark.parametrize("late", [300, -300, 49])
def test_sound_out_of_place_is_found(tmp_path, form, late):
    sound = song(2.5)
    made = rendered(film(tmp_path, sound, [0, 1.0], form=form))
    moved = replace(sound, samples=np.roll(sound.samples, -late, axis=1))
    report = made.checked(sound=moved)
    assert report.audio_offset == late
    assert not report.ok


def test_drift_is_found(tmp_path):
    sound = song(30.0, sample_rate=8000, channels=1)
    made = rendered(film(tmp_path, sound, [0, 15.0], form="mkv"))
    middle = sound.track.samples // 2
    shorter = np.delete(sound.samples, range(middle, middle + 5), axis=1)
    drifting = replace(sound, samples=np.pad(shorter, ((0, 0), (0, 5))))
    report = made.checked(sound=drifting)
    assert report.audio_drift == 5
    assert not report.ok


def test_one_wrong_bit_is_found(lossless):
    sound = lossless.film.sound
    samples = sound.samples.copy()
    samples[1, 100_000] += 2**-15
    report = lossless.checked(sound=replace(sound, samples=samples))
    assert report.audio_offset == 0
    assert not report.audio_exact
    assert not report.ok


def test_another_song_is_found(lossless):
    report = lossless.checked(sound=song(4.3, seed=9))
    assert report.audio_offset is None
    assert "the sound is not the song's" in report.notices


def test_silence_has_no_offset_and_no_fault(tmp_path):
    quiet = song(2.0)
    quiet = replace(quiet, samples=quiet.samples * 0)
    report = rendered(film(tmp_path, quiet, [0, 1.0])).checked()
    assert report.ok
    assert report.audio_offset is None
    assert report.audio_drift is None


def test_wrong_lengths_are_found(lossless):
    longer = song(4.6)
    report = lossless.checked(sound=longer)
    assert (report.frames_expected, report.frames_found) == (111, 104)
    assert report.samples_expected - report.samples_found == round(0.3 * 44100)
    assert not report.ok


def test_a_black_stretch_is_found_and_a_dip_is_none(tmp_path):
    def paint(shot):
        return lambda i: plain(16) if shot == 1 and 5 <= i < 22 else picture(shot, i)

    long_dip = Transition(kind=TransitionKind.DIP, seconds=1.5)
    made = painted(tmp_path, song(6.0), [0, 2.0, 4.0], paint, transitions=[CUT, CUT, long_dip])
    report = made.checked()
    assert [(f.kind, f.start, f.end) for f in report.faults] == [("black", 53, 70)]
    assert not report.ok


def test_a_frozen_stretch_is_found_and_a_slow_drift_is_none(tmp_path):
    drift = travelling(3, 1 / 24)  # one pixel of 128 a second

    def paint(shot):
        return drift if shot == 0 else lambda i: picture(shot, min(i, 10))

    report = painted(tmp_path, song(4.0), [0, 2.0], paint).checked()
    assert [(f.kind, f.start, f.end) for f in report.faults] == [("frozen", 58, 96)]


@pytest.mark.parametrize(("flashes", "fault"), [(3, False), (4, True), (6, True)])
def test_flashing_is_found_above_three_a_second(tmp_path, flashes, fault):
    period = 24 // flashes

    def light(i):
        """One second of light and dark; before and after it the light stays."""
        return 0.4 if 12 <= i < 36 and (i - 12) % period < period // 2 else 1.5

    def paint(shot):
        return travelling(shot, 1.0, light if shot == 0 else lambda _: 1.5)

    report = painted(tmp_path, song(4.0), [0, 2.0], paint).checked()
    assert [f.kind for f in report.faults] == (["flashing"] if fault else [])


def test_a_travelling_picture_does_not_flash(tmp_path):
    """Bars that pass by make every place light and dark, but never the picture at once."""
    bars = np.where(np.arange(WIDTH) % 16 < 8, 40, 220).astype(np.uint8)

    def paint(_):
        def at(i):
            whole = plain(0)
            whole[:HEIGHT] = np.roll(bars, 2 * i)
            return whole

        return at

    report = painted(tmp_path, song(2.0), [0], paint).checked()
    assert report.faults == ()


def test_two_alike_pictures_are_not_told_apart(tmp_path):
    slow = travelling(5, 0.5)
    made = painted(tmp_path, song(3.0), [0, 1.0, 2.0], lambda shot: lambda i: slow(24 * shot + i))
    report = made.checked()
    assert [cut.found for cut in report.cuts] == [None, None]
    assert report.ok, report.notices
    assert report.on_frame == 1


@pytest.mark.parametrize("step", [-2, -1, 1, 2, 3])
def test_a_burst_of_light_beside_a_cut_is_not_taken_for_it(tmp_path, step):
    def paint(shot):
        turn = 24 + step if shot == 0 else step
        return travelling(shot, 1.5, lambda i: 1.6 if i >= turn and step * (i - turn) < 60 else 1.0)

    report = painted(tmp_path, song(2.0), [0, 1.0], paint).checked()
    assert report.cuts[0].found == 24


@pytest.mark.parametrize("kind", [CROSSFADE, DIP, FLASH])
@pytest.mark.parametrize("speed", [0.4, 2.0])
def test_transitions_between_moving_pictures_are_found(tmp_path, kind, speed):
    made = painted(tmp_path, song(4.0), [0, 2.0], lambda shot: travelling(shot, speed),
                   transitions=[CUT, kind])  # fmt: skip
    report = made.checked()
    assert report.ok, report.notices
    assert abs(report.cuts[0].found - 48) <= (1 if kind is CROSSFADE else 0)


def test_a_fade_between_shapes_that_boil_is_not_accused(tmp_path):
    long = CROSSFADE.model_copy(update={"seconds": 1.2})
    made = painted(tmp_path, song(5.0), [0, 2.5], lambda shot: boiling(70 + shot),
                   transitions=[CUT, long])  # fmt: skip
    report = made.checked()
    assert report.cuts[0].found in (None, *range(57, 64)), "it fits best four frames early"
    assert report.ok, report.notices


def test_what_stands_in_is_named(lossless):
    cuts = list(lossless.timeline.cuts)
    cuts[2] = cuts[2].model_copy(update={"substitution": "footage was too short"})
    report = lossless.checked(timeline=lossless.timeline.model_copy(update={"cuts": tuple(cuts)}))
    assert report.substitutions == ("s02: footage was too short",)
    assert report.ok


def test_a_file_that_is_no_film_is_said(tmp_path, lossless):
    path = tmp_path / "film.mkv"
    with pytest.raises(InvalidInput, match=r"cannot check .*film\.mkv"):
        check(path, lossless.timeline, lossless.film.sound, lossless.film.spec)
    path.write_bytes(b"nothing" * 99)
    with pytest.raises(InvalidInput, match=r"cannot watch .*film\.mkv"):
        check(path, lossless.timeline, lossless.film.sound, lossless.film.spec)


def test_a_report_reads_back(lossless, tmp_path):
    report = lossless.checked()
    report.save(tmp_path / "sync.json")
    assert SyncReport.load(tmp_path / "sync.json") == report


def test_stills_are_kept_on_both_sides_of_each_cut(lossless):
    gallery = Gallery()
    check(lossless.video, lossless.timeline, lossless.film.sound, lossless.film.spec,
          gallery=gallery)  # fmt: skip
    stills = gallery.stills
    expected = {0}
    for cut in lossless.timeline.cuts[1:]:
        first, last = soft_span(cut)  # of a fade, the whole pictures beside it
        expected |= {first - 1, last}
    assert set(stills) == expected
    assert all(jpeg[:2] == b"\xff\xd8" for jpeg in stills.values())


def test_the_page_stands_alone_and_says_what_was_measured(lossless, tmp_path):
    gallery = Gallery()
    made = lossless.film
    report = check(lossless.video, lossless.timeline, made.sound, made.spec, gallery=gallery)
    page = tmp_path / "report.html"
    write_page(report, lossless.timeline, page, storyboard=made.storyboard, gallery=gallery)
    text = page.read_text(encoding="utf-8")
    assert verdict(report).startswith("In sync: all 3 cuts")
    assert "2 fades turn where planned" in verdict(report)
    assert "bit for bit" in text
    assert text.count("data:image/jpeg;base64,") == 2 * len(report.cuts) + 1
    assert not re.search(r"""(src|href)=["'](?!data:)""", text)
    assert "http" not in text
    assert len(re.findall(r'<circle class="(hard|soft)"', text)) == len(report.cuts)
    for shot in made.storyboard.shots:
        assert f"{shot.id} ·" in text
    assert text.count("data:image/png;base64,") == 1


def test_the_colours_of_the_film_go_from_left_to_right(tmp_path):
    """Red, then blue: what was shown when can be read in one picture."""

    def paint(i: int) -> Callable[[int], np.ndarray]:
        colour = [(220, 20, 20), (20, 20, 220)][i]
        return lambda _: of_rgb(np.full((HEIGHT, WIDTH, 3), colour, np.uint8))

    made = painted(tmp_path, song(2.0), [0.0, 1.5], paint)
    gallery = Gallery()
    check(made.video, made.timeline, made.film.sound, made.film.spec, gallery=gallery)
    colours = cv2.imdecode(np.frombuffer(gallery.barcode, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
    turn = round(0.75 * colours.shape[1])
    assert np.abs(colours[:, : turn - 1] - np.array([220.0, 20, 20])).max() < 12
    assert np.abs(colours[:, turn + 1 :] - np.array([20.0, 20, 220])).max() < 12


def test_the_page_says_what_is_wrong(lossless, tmp_path):
    timeline = moved_cut(lossless.timeline, 1, 1)
    report = lossless.checked(timeline=timeline)
    page = tmp_path / "report.html"
    write_page(report, timeline, page, storyboard=lossless.film.storyboard)
    assert (
        verdict(report) == "Not as planned: the cut to s01 is 1 frame early: frame 17, planned 18."
    )
    text = page.read_text(encoding="utf-8")
    assert "1 frame early" in text
    assert '<circle class="off"' in text


def test_the_page_shows_a_title_as_text(lossless, tmp_path):
    board = lossless.film.storyboard
    track = board.track.model_copy(update={"title": "<script>alert(1)</script> & Söhne"})
    page = tmp_path / "report.html"
    write_page(lossless.checked(), lossless.timeline, page,
               storyboard=board.model_copy(update={"track": track}))  # fmt: skip
    assert "<script>" not in page.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_one_sentence(lossless, tmp_path):
    with pytest.raises(MachineError, match="cannot write"):
        write_page(lossless.checked(), lossless.timeline, tmp_path / "no" / "report.html",
                   storyboard=lossless.film.storyboard)  # fmt: skip
