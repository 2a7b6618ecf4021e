"""A film as a MoviePy clip and MoviePy's effects in a film. Needs the extra `moviepy`."""

from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import av
import numpy as np
import pytest

from songreel.assembly.edit import edit
from songreel.assembly.effects.by_moviepy import with_effect
from songreel.assembly.moviepy import FilmFrames, film_clip
from songreel.assembly.pictures import of_rgb, picture_of, rgb_of
from songreel.assembly.render import render
from songreel.assembly.segments import pieces
from songreel.models.effect import EffectCue
from songreel.models.errors import InvalidInput
from songreel.models.progress import silent
from songreel.models.timebase import RATES
from support.barcodes import HEIGHT, WIDTH, lumas
from support.films import CROSSFADE, CUT, DIP, film, song
from support.needs import needs

moviepy = needs("moviepy")

STARTS = [0.0, 0.71, 1.302, 2.2]
KINDS = [CUT, CUT, CROSSFADE, DIP]


def made_with(tmp_path, rate=RATES["24"], cues=()):
    made = film(tmp_path, song(3.0), STARTS, KINDS, rate=rate)
    shots = list(made.storyboard.shots)
    shots[1] = shots[1].model_copy(update={"effects": tuple(cues)})
    board = made.storyboard.model_copy(update={"shots": tuple(shots)})
    return made, edit(board, made.clips, made.spec)


def rendered(made, timeline, name="film.mkv"):
    video = made.project / name
    result = render(timeline, made.sound, made.spec, project=made.project, output=video,
                    workers=1, progress=silent)  # fmt: skip
    return result, list(lumas(video))


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_a_clip_has_the_films_frames_and_gives_them_back_in_any_order(tmp_path, rate):
    made, timeline = made_with(tmp_path, rate)
    clip = film_clip(timeline, made.sound, project=made.project)
    shown = list(clip.iter_frames(fps=clip.fps))
    assert len(shown) == timeline.frames
    assert clip.size == (WIDTH, HEIGHT)
    for k in (timeline.frames - 1, 0, 20, 19, timeline.cuts[1].start):
        assert np.array_equal(clip.get_frame(k / clip.fps), shown[k])


def test_its_frames_are_the_films_before_coding(tmp_path):
    made, timeline = made_with(tmp_path)
    fine = made.spec.model_copy(update={"crf": 1})  # all but lossless
    rendered(replace(made, spec=fine), timeline)
    frames, count = FilmFrames(timeline, made.project), 0
    with av.open(str(made.project / "film.mkv")) as container:
        for k, coded in enumerate(container.decode(video=0)):
            off = frames.rgb(k).astype(int) - rgb_of(picture_of(coded))
            assert np.abs(off).mean() < 1  # 0.02 to 0.05, in the cross-fade 0.6
            count += 1
    assert count == timeline.frames


def test_a_round_trip_keeps_every_frame_and_the_song(tmp_path):
    made, timeline = made_with(tmp_path)
    clip = film_clip(timeline, made.sound, project=made.project)
    samples = made.sound.samples
    assert np.array_equal(clip.audio.get_frame(np.arange(4000) / 44100), samples[:, :4000].T)
    path = tmp_path / "round.mp4"
    clip.write_videofile(str(path), logger=None, temp_audiofile_path=str(tmp_path))
    with moviepy.VideoFileClip(str(path)) as again:
        assert again.reader.n_frames == timeline.frames
    assert sum(1 for _ in lumas(path)) == timeline.frames


@pytest.mark.parametrize("cue", [
    EffectCue(effect="moviepy:InvertColors"), EffectCue(effect="moviepy:MirrorX"),
    EffectCue(effect="moviepy:MultiplyColor", settings={"factor": 0.5}),
])  # fmt: skip
def test_a_moviepy_effect_changes_its_shot_and_nothing_else(tmp_path, cue):
    made, plain = made_with(tmp_path)
    _, timeline = made_with(tmp_path, cues=[cue])
    before, after = FilmFrames(plain, made.project), FilmFrames(timeline, made.project)
    cut, following = plain.cuts[1], plain.cuts[2]
    alone = range(cut.start, following.start - following.transition_frames // 2)
    effect = getattr(moviepy.vfx, cue.effect.removeprefix("moviepy:"))(**cue.settings)
    for k in range(plain.frames):
        if k in alone:
            shot = moviepy.ImageClip(before.rgb(k), duration=1)
            expected = rgb_of(of_rgb(np.uint8(effect.copy().apply(shot).get_frame(0))))
            assert np.abs(after.rgb(k).astype(int) - expected).mean() < 1
        elif k < cut.start or k >= following.start + following.transition_frames:
            assert np.array_equal(after.rgb(k), before.rgb(k))


def test_a_moviepy_fade_knows_its_place_in_the_shot(tmp_path):
    made, timeline = made_with(
        tmp_path, cues=[EffectCue(effect="moviepy:FadeIn", settings={"duration": 0.25})]
    )
    _, plain = made_with(tmp_path)
    frames, start = FilmFrames(timeline, made.project), timeline.cuts[1].start
    full = FilmFrames(plain, made.project)
    light = [frames.rgb(start + k).mean() / full.rgb(start + k).mean() for k in range(8)]
    assert light == pytest.approx([k / 6 for k in range(6)] + [1, 1], abs=0.02)


def test_what_decides_the_pixels_decides_the_fingerprint(tmp_path):
    made, plain = made_with(tmp_path)
    _, once = made_with(tmp_path, cues=[EffectCue(effect="moviepy:MirrorX")])
    _, other = made_with(tmp_path, cues=[EffectCue(effect="moviepy:MirrorY")])
    prints = [[s.fingerprint for s in pieces(t, made.spec)] for t in (plain, once, other)]
    changed = [sum(a != b for a, b in zip(x, y, strict=True))
               for x, y in ((prints[0], prints[1]), (prints[1], prints[2]))]  # fmt: skip
    assert changed == [2, 2]  # the shot, and the cross-fade it goes over into
    assert dict(once.cuts[1].effects[0].settings)["version"] == version("moviepy")


@dataclass
class Tinted(moviepy.Effect):
    """A user's own."""

    red: int

    def apply(self, clip: Any) -> Any:
        def tint(frame):
            frame = frame.copy()
            frame[:, :, 0] = self.red
            return frame

        return clip.image_transform(tint)


def test_a_live_effect_is_frame_exact_and_made_anew_unless_it_has_a_key(tmp_path):
    made, plain = made_with(tmp_path)
    timeline = with_effect(plain, "s01", Tinted(red=200), key="red")
    result, _ = rendered(made, timeline)
    assert result.frames == plain.frames
    frames, cut = FilmFrames(timeline, made.project), plain.cuts[1]
    red = [frames.rgb(k)[:, :, 0].mean() for k in range(cut.start - 1, cut.start + 2)]
    assert abs(red[0] - 200) > 20
    assert red[1:] == pytest.approx([200, 200], abs=12)  # chroma is of half the resolution
    again = with_effect(plain, "s01", Tinted(red=200), key="red")
    assert rendered(made, again, "again.mkv")[0].made_segments == 0
    fresh = with_effect(plain, "s01", Tinted(red=200))
    assert rendered(made, fresh, "fresh.mkv")[0].made_segments == 2


@pytest.mark.parametrize(("cue", "words"), [
    (EffectCue(effect="moviepy:MultiplySpeed", settings={"factor": 2.0}), "gives the shot of"),
    (EffectCue(effect="moviepy:TimeMirror"), "change pictures one by one"),
    (EffectCue(effect="moviepy:SlideIn", settings={"duration": 0.3, "side": "left"}), "about the"),
    (EffectCue(effect="moviepy:Blink", settings={"duration_on": 0.1, "duration_off": 0.1}),
     "flashes"),
    (EffectCue(effect="moviepy:os"), "MoviePy has no effect 'os'"),
    (EffectCue(effect="moviepy:MirrorX", settings={"axis": "z"}), "axis"),
    (EffectCue(effect="moviepy:MirrorX", on="kick"), "put it on shot"),
])  # fmt: skip
def test_what_a_film_cannot_have_is_one_sentence(tmp_path, cue, words):
    def attempt():
        rendered(*made_with(tmp_path, cues=[cue]))

    with pytest.raises(InvalidInput, match=words):
        attempt()


def test_a_shot_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidInput, match="no shot 's99'"):
        with_effect(made_with(tmp_path)[1], "s99", moviepy.vfx.MirrorX())
