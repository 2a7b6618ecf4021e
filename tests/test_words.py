"""Words over the picture: measured in the pixels, and in the decoded film."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from songreel.assembly.edit import edit
from songreel.assembly.overlays import set as setting
from songreel.assembly.overlays.bidi import is_rtl, levels, visual
from songreel.assembly.overlays.captions import BETWEEN, LEAST, captions
from songreel.assembly.overlays.colours import CONTRAST, contrast, word_colours
from songreel.assembly.overlays.compose import composed, face_order
from songreel.assembly.overlays.layers import layers_of
from songreel.assembly.overlays.layout import clusters, missing
from songreel.assembly.overlays.safe import safe_box
from songreel.assembly.overlays.set import overlays
from songreel.assembly.overlays.words import Words
from songreel.assembly.pictures import of_rgb, planes, rgb_of
from songreel.assembly.render import render
from songreel.assembly.segments import pieces
from songreel.fonts import found
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.lyrics import Line, Lyrics, Word
from songreel.models.overlay import CaptionStyle, FontFile, Overlay, TimedWord, Title
from songreel.models.progress import silent
from songreel.models.render import RenderSpec
from songreel.models.schedule import schedule
from songreel.models.storyboard import Oklch
from songreel.models.syllables import sung_parts, syllables
from support.barcodes import make_clip
from support.films import Film, song, storyboard

RATE = Fraction(24)
LARGE = RenderSpec(width=640, height=360, rate=RATE)
SPEC = RenderSpec(width=320, height=180, rate=RATE)
PLAIN = CaptionStyle()
FORMATS = {"16:9": (640, 360), "9:16": (360, 640), "1:1": (360, 360), "4:5": (360, 450)}
LONG = "Somewhere beyond the burning city lights we were running through the night together"


def lyrics(*lines: Line, form: str = "lrc") -> Lyrics:
    return Lyrics(source="words.lrc", form=form, lines=lines, trust=0.9)


def line(start: float, end: float, text: str, *starts: float) -> Line:
    words = tuple(Word(start=at, text=word) for at, word in zip(starts, text.split(), strict=False))
    return Line(text=text, start=start, end=end, words=words)


def caption(text: str, **fields: object) -> Overlay:
    made = {"kind": "caption", "start": 0, "end": 100, "text": text} | fields
    return Overlay.model_validate(made)


def grey(level: int, spec: RenderSpec = SPEC) -> np.ndarray:
    return of_rgb(np.full((spec.height, spec.width, 3), level, np.uint8))


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where luma is brighter than before: letters, not their shade, on a dark picture."""
    return planes(after)[0].astype(int) - planes(before)[0] > 40


def tiny_font(path: Path, letters: str, wide: int = 600) -> Path:
    """A font in which every one of `letters` is a square."""
    names = {ord(letter): f"u{ord(letter):05x}" for letter in letters}
    order = [".notdef", *names.values()]
    pen = TTGlyphPen(None)
    for i, point in enumerate(((50, 0), (50, 700), (550, 700), (550, 0))):
        (pen.lineTo if i else pen.moveTo)(point)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    builder.setupGlyf(dict.fromkeys(order, square))
    builder.setupHorizontalMetrics(dict.fromkeys(order, (wide, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Bold"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


def word_film(folder: Path, words: Lyrics, spec: RenderSpec = SPEC, **fields: object) -> Film:
    """A film of three grey-ish clips with captions."""
    sound = song(6.0)
    board = storyboard(sound, (0.0, 2.0, 4.0)).model_copy(
        update={"lyrics": words, "captions": CaptionStyle(size=0.1)} | fields
    )
    clips = {
        shot.shot: make_clip(folder / "clips", i, shot.clip_frames, RATE)
        for i, shot in enumerate(schedule(board, RATE), start=1)
    }
    return Film(folder, sound, board, clips, spec)


class TestSpans:
    def test_words_without_times_share_their_line_by_syllables(self):
        spans = line(10, 16, "one beautiful day").spans()
        assert [text for _, _, text in spans] == ["one", "beautiful", "day"]
        lengths = [end - start for start, end, _ in spans]
        assert lengths == pytest.approx([1.2, 3.6, 1.2])

    def test_estimated_words_say_so(self):
        spans = lyrics(line(1, 3, "a b"), line(4, 6, "c d", 4.0, 5.5)).word_spans()
        assert [(span.text, span.estimated) for span in spans] == [
            ("a", True), ("b", True), ("c", False), ("d", False)
        ]  # fmt: skip

    def test_a_word_lasts_until_the_next_or_until_it_says(self):
        words = (Word(start=1, text="go", end=1.2), Word(start=2, text="on"))
        spans = lyrics(Line(text="go on", start=1, end=9, words=words)).word_spans()
        assert [(span.start, span.end) for span in spans] == [(1, 1.2), (2, 3.5)]

    def test_text_without_times_has_no_spans(self):
        assert lyrics(Line(text="la la"), form="text").word_spans() == ()

    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("夜に駆ける、きみ", ["夜", "に", "駆", "け", "る、", "き", "み"]),
            ("Tokyoへ 行こう", ["Tokyo", "へ", "行", "こ", "う"]),
            ("say «no» — (now)", ["say", "«no»", "— (now)"]),
            ("مرحبا يا", ["مرحبا", "يا"]),
            ("", []),
        ],
    )
    def test_lines_fall_into_what_is_sung(self, text, parts):
        assert list(sung_parts(text)) == parts

    @pytest.mark.parametrize(
        ("word", "count"),
        [("fire", 1), ("beautiful", 3), ("desire", 2), ("Привет", 2), ("καλημέρα", 4),
         ("東京", 2), ("きょう", 2), ("안녕", 2), ("नमस्ते", 3), ("hmm", 1)],
    )  # fmt: skip
    def test_syllables_are_counted_in_any_script(self, word, count):
        assert syllables(word) == count


class TestCaptions:
    def shown(self, *lines, spec=SPEC, duration=30.0, style=PLAIN):
        return captions(lyrics(*lines), style, spec, duration)

    def test_none_is_over_another_and_each_is_there_before_it_is_sung(self):
        rng = np.random.default_rng(5)
        starts = np.cumsum(rng.uniform(1.2, 4.0, 12))
        lines = [
            line(float(a), float(min(b, a + 3)), "some words that are sung")
            for a, b in pairwise([*starts, starts[-1] + 3])
        ]
        shown, notices = self.shown(*lines, duration=60.0)
        assert len(shown) == 12
        for one, following in pairwise(shown):
            assert one.end + BETWEEN <= following.start
        for one in shown:
            assert one.start <= one.words[0][0] <= one.words[-1][0] < one.end
            assert one.end - one.start >= LEAST * RATE
        assert not any("too fast" in text for text in notices)

    def test_quick_lines_are_told_of(self):
        lines = [line(1 + 0.5 * i, 1.4 + 0.5 * i, "hey") for i in range(4)]
        shown, notices = self.shown(*lines)
        assert len(shown) == 4
        assert any(
            "sung too fast to be read" in text and '"hey" at 0:01' in text for text in notices
        )

    def test_two_voices_at_once_share_a_caption(self):
        shown, _ = self.shown(line(2, 5, "first voice"), line(2.1, 5, "second voice"))
        assert [one.text for one in shown] == ["first voice\nsecond voice"]

    def test_a_long_line_becomes_several_that_fit_each_with_its_own_words(self):
        spec = RenderSpec(width=360, height=640, rate=RATE)
        shown, _ = self.shown(line(2, 12, f"{LONG}, and all the stars above us"), spec=spec)
        assert len(shown) > 1
        assert " ".join(one.text for one in shown) == f"{LONG}, and all the stars above us"
        for one in shown:
            assert [text for _, text in one.words] == one.text.split()

    def test_estimated_times_are_told_of_where_they_are_lit(self):
        told = self.shown(line(1, 3, "a b"))[1]
        assert "1 of 1 lines of words.lrc have no times of words" in told[0]
        assert self.shown(line(1, 3, "a b", 1.0, 2.0))[1] == []
        assert self.shown(line(1, 3, "a b"), style=CaptionStyle(karaoke=False))[1] == []

    def test_text_without_times_is_never_shown(self):
        board = storyboard(song(4.0), (0.0,)).model_copy(
            update={"lyrics": lyrics(Line(text="la"), form="text"), "captions": CaptionStyle()}
        )
        placed = overlays(board, SPEC)
        assert placed.overlays == ()
        assert "words.lrc has no times" in placed.notices[0]


class TestDrawing:
    @pytest.mark.parametrize("size", FORMATS.values(), ids=FORMATS)
    @pytest.mark.parametrize("place", ["bottom", "middle", "top"])
    @pytest.mark.parametrize("text", ["Oh", LONG, "Donaudampfschifffahrtsgesellschaftskapitän" * 2])
    def test_every_letter_is_within_the_safe_area(self, size, place, text):
        spec = RenderSpec(width=size[0], height=size[1], rate=RATE)
        dark = grey(20, spec)
        words = Words([caption(text, style=CaptionStyle(place=place))], spec)
        rows, columns = np.nonzero(changed(dark, words.over(dark, 50)))
        box = safe_box(*size)
        assert rows.size > 0
        assert (rows.min(), columns.min()) >= (box.top, 0)
        assert columns.min() >= box.left
        assert columns.max() < box.right
        assert rows.min() >= box.top
        assert rows.max() < box.bottom

    @pytest.mark.parametrize("kind", ["title", "end"])
    @pytest.mark.parametrize("size", FORMATS.values(), ids=FORMATS)
    @pytest.mark.parametrize("text", ["Go", LONG, "Donaudampfschifffahrt"])
    def test_cards_are_within_the_safe_area_in_whole_words(self, kind, size, text):
        made = composed(caption(text, kind=kind, detail="by somebody"), *size)
        box = safe_box(*size)
        for one in made.letters:
            assert box.left - 1 <= one.x <= one.x + one.width <= box.right + 1
            assert box.top <= one.baseline <= box.bottom
        assert len(made.rows) <= 4
        shown = [one.text for one in made.letters]
        assert all(word in shown for word in text.split())

    @pytest.mark.parametrize("hue", [None, 20, 90, 150, 260, 320])
    @pytest.mark.parametrize("kind", ["caption", "title", "end"])
    @pytest.mark.parametrize("level", [255, 128, 0])
    def test_text_and_highlight_stand_out_from_what_is_right_behind_them(self, hue, kind, level):
        chroma = 0.0 if hue is None else 0.12
        palette = tuple(
            Oklch(lightness=light, chroma=chroma, hue=hue or 0) for light in (0.3, 0.5, 0.8)
        )
        colours = word_colours(palette)
        spec = RenderSpec(width=640, height=360, rate=RATE)
        # Pixels beside a letter, where all but its shade is the picture: the layer tells them.
        layers = layers_of(caption("Hello", kind=kind, colours=colours), 640, 360)
        near = cv2.dilate((layers.letters > 0.9).astype(np.uint8), np.ones((3, 3), np.uint8)) == 1
        beside = near & (layers.letters < 0.02)
        over = Words([caption("Hello", kind=kind, colours=colours)], spec)
        rgb = rgb_of(over.over(grey(level, spec), 50))
        box = layers.box
        part = rgb[box.top : box.bottom, box.left : box.right][beside] / 255
        worst = [tuple(float(c) for c in part[i]) for i in np.argsort(part.sum(axis=1))[-20:]]
        shown = colours[:2] if kind == "caption" else colours[:1]
        for colour in shown:
            assert min(contrast(colour, pixel) for pixel in worst) >= CONTRAST

    def test_the_highlight_is_told_from_the_text(self):
        for hue in range(0, 360, 30):
            palette = tuple(Oklch(lightness=x, chroma=0.1, hue=hue) for x in (0.3, 0.5, 0.8))
            text, light, _ = word_colours(palette)
            assert max(abs(a - b) for a, b in zip(text, light, strict=True)) > 0.2

    def test_a_picture_without_words_is_left_as_it_is(self):
        words = Words([caption("late", start=10, end=40)], SPEC)
        assert [words.any_at(i) for i in (9, 10, 39, 40)] == [False, True, True, False]
        before = grey(90)
        after = words.over(before, 20)
        assert np.array_equal(before, grey(90))
        far = planes(after)[0][: SPEC.height // 2]
        assert np.array_equal(far, planes(before)[0][: SPEC.height // 2])

    def test_words_come_and_go_gently(self):
        dark = grey(20)
        words = Words([caption("Hello", start=0, end=60)], SPEC)
        bright = [int(planes(words.over(dark, i))[0].max()) for i in range(60)]
        assert bright[0] < bright[1] < bright[2] < bright[3] == bright[30]
        assert bright[59] < bright[58] < bright[57] < bright[56]

    def test_letters_do_not_move_while_the_light_does(self):
        dark = grey(20)
        words = tuple(TimedWord(start=10 * i, text=w) for i, w in enumerate(["we", "go", "on"]))
        over = Words([caption("we go on", words=words, sung=40)], SPEC)
        shapes = [changed(dark, over.over(dark, i)) for i in (5, 15, 25, 60)]
        assert len({_bounds(shape) for shape in shapes}) == 1

    def test_the_light_sweeps_over_words_whose_times_are_estimated(self):
        words = tuple(TimedWord(start=20 * i, text=w) for i, w in enumerate(["we", "go", "on"]))
        over = Words([caption("we go on", words=words, sung=60, swept=True, end=80)], SPEC)
        lit = [_lit(over.over(grey(20), i)) for i in range(5, 75)]
        reach = [int(np.nonzero(one.any(axis=0))[0].max()) if one.any() else 0 for one in lit]
        assert all(b >= a for a, b in pairwise(reach))
        assert max(b - a for a, b in pairwise(reach[3:])) < SPEC.width / 12  # no leap

    def test_arabic_is_lit_from_its_right_end(self):
        words = tuple(TimedWord(start=20 * i, text=w) for i, w in enumerate(("אב", "גד", "הו")))
        face = FontFile(file=str(_hebrew()), sha256=sha256_of(_hebrew()))
        over = Words([caption("אב גד הו", words=words, sung=60, fonts=(face,))], SPEC)
        middles = [np.nonzero(_lit(over.over(grey(20), i)).any(axis=0))[0].mean() for i in (10, 30)]
        assert middles[0] > SPEC.width / 2 > middles[1] - SPEC.width / 8
        assert middles[1] < middles[0]

    def test_two_draw_the_same(self):
        one, two = (Words([caption(LONG, swept=True)], SPEC).over(grey(60), 50) for _ in range(2))
        assert np.array_equal(one, two)


def _bounds(shape: np.ndarray) -> tuple[int, ...]:
    rows, columns = np.nonzero(shape)
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


_MADE: dict[str, Path] = {}


@pytest.fixture(scope="module", autouse=True)
def _fonts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fonts")
    _MADE["hebrew"] = tiny_font(folder / "Squares Hebrew.ttf", "אבגדהוזחטיכלמנ ")


def _hebrew() -> Path:
    return _MADE["hebrew"]


def _lit(picture: np.ndarray) -> np.ndarray:
    """Where the highlight is: coloured and bright."""
    rgb = rgb_of(picture).astype(int)
    return (rgb.max(axis=2) - rgb.min(axis=2) > 70) & (rgb.max(axis=2) > 120)


class TestOrder:
    @pytest.mark.parametrize(
        ("text", "seen"),
        [
            ("abc אבג def", "abc גבא def"),
            ("אבג abc דה", "הד abc גבא"),
            ("אבג 12 דה", "הד 12 גבא"),
            ("abc 12", "abc 12"),
            ("אב (abc) 24 גד", "דג 24 (abc) בא"),
            ("מה? כן!", "!ןכ ?המ"),
        ],
    )
    def test_rows_of_both_directions_stand_as_they_are_read(self, text, seen):
        order = visual(levels(text, is_rtl(text)))
        mirrored = {"(": ")", ")": "("}
        level = levels(text, is_rtl(text))
        shown = [mirrored.get(text[i], text[i]) if level[i] % 2 else text[i] for i in order]
        assert "".join(shown) == seen

    def test_marks_and_joined_pictures_stay_with_their_letter(self):
        assert clusters("e\u0301a") == ["e\u0301", "a"]
        assert clusters("👩‍🚀!") == ["👩‍🚀", "!"]
        assert clusters("🇫🇷🇯🇵") == ["🇫🇷", "🇯🇵"]


class TestFonts:
    def test_what_ours_lacks_comes_from_a_font_of_the_system(self, monkeypatch):
        path = _hebrew()
        monkeypatch.setattr(found, "_having", lambda _codes: [(path, 0, "squares hebrew bold")])
        found._best.cache_clear()
        placed = overlays(_board("שלמ and more".replace("ש", "א")), SPEC)
        found._best.cache_clear()
        assert [font.file for font in placed.overlays[0].fonts] == [str(path)]
        assert not any("no font" in text for text in placed.notices)
        dark = grey(20)
        assert changed(dark, Words(placed.overlays, SPEC).over(dark, 40)).any()

    def test_signs_that_no_font_has_are_named_and_left_out(self, monkeypatch):
        monkeypatch.setattr(found, "_having", lambda _codes: [])
        found._best.cache_clear()
        placed = overlays(_board("hi 𓀀 there"), SPEC)
        found._best.cache_clear()
        told = [text for text in placed.notices if "no font here has 1 of the signs" in text]
        assert len(told) == 1
        assert "Egyptian: 𓀀" in told[0]
        drawn = composed(placed.overlays[0], 320, 180).letters
        assert [one.text for one in drawn] == ["hi", "there"]

    def test_fonts_are_found_without_fontconfig(self, monkeypatch, tmp_path):
        tiny_font(tmp_path / "Some Gurmukhi.ttf", "ਸਤ ")
        (tmp_path / "broken.ttf").write_bytes(b"no font at all")

        def absent(*_args, **_options):
            raise FileNotFoundError("fc-list")

        monkeypatch.setattr(found.subprocess, "run", absent)
        monkeypatch.setattr(found, "folders", lambda: (tmp_path,))
        for cached in (found._best, found._files):
            cached.cache_clear()
        font = found.face_for(["ਸ", "ਤ"], "")
        for cached in (found._best, found._files):
            cached.cache_clear()
        assert font is not None
        assert Path(font.file).name == "Some Gurmukhi.ttf"

    def test_han_is_drawn_as_the_song_s_country_does(self):
        names = ["noto sans cjk sc bold", "noto sans cjk jp bold", "noto serif cjk jp bold"]
        best = {tongue: min(names, key=lambda name: found._rank(name, tongue, False))
                for tongue in ("ja", "zh")}  # fmt: skip
        assert best == {"ja": names[1], "zh": names[0]}
        assert found.tongue_of("夜に") == "ja"
        assert found.tongue_of("夜") == "zh"

    def test_ours_have_latin_greek_cyrillic_and_vietnamese(self):
        ours = face_order(CaptionStyle(), ())
        text = "ÅéñßœŁğŞ Ωραία Ґєї Ѓ ế ữ ộ “–” € №"
        assert missing(text, ours) == []
        assert missing("日", ours) == ["日"]

    def test_the_user_s_font_is_asked_first(self, tmp_path):
        path = tiny_font(tmp_path / "mine.ttf", "abc ")
        style = CaptionStyle(font=str(path))
        placed = overlays(_board("abc d", style), SPEC)
        drawn = composed(placed.overlays[0], 320, 180).letters
        assert [one.face.path.name for one in drawn] == ["mine.ttf", "Inter-SemiBold.otf"]

    @pytest.mark.parametrize("raw", [b"no font", b"", b"\x00\x01\x00\x00" + bytes(40)])
    def test_a_file_that_is_no_font_is_one_sentence(self, tmp_path, raw):
        path = tmp_path / "mine.ttf"
        path.write_bytes(raw)
        with pytest.raises(
            InvalidInput, match=r"mine\.ttf is no font .* TrueType or OpenType file"
        ):
            overlays(_board("abc", CaptionStyle(font=str(path))), SPEC)

    def test_a_font_that_is_gone_is_one_sentence(self, tmp_path):
        with pytest.raises(InvalidInput, match="cannot read the font"):
            overlays(_board("abc", CaptionStyle(font=str(tmp_path / "gone.ttf"))), SPEC)


def _board(text, style=PLAIN):
    board = storyboard(song(6.0), (0.0, 3.0))
    return board.model_copy(update={"lyrics": lyrics(line(1, 4, text)), "captions": style})


class TestFilm:
    WORDS = lyrics(
        line(0.8, 1.8, "one two", 1.0, 1.5), line(2.5, 3.5, "three four", 2.5, 3.0),
        line(4.4, 5.6, "five", 4.6),
    )  # fmt: skip

    def made(self, film, name):
        timeline = edit(film.storyboard, film.clips, film.spec)
        return timeline, render(
            timeline, film.sound, film.spec, project=film.project,
            output=film.project / name, workers=2, progress=silent,
        )  # fmt: skip

    def test_the_right_word_is_lit_on_the_right_frame_of_the_decoded_film(self, tmp_path):
        film = word_film(tmp_path, self.WORDS, LARGE)
        timeline, _ = self.made(film, "film.mkv")
        with av.open(str(tmp_path / "film.mkv")) as container:
            pictures = [f.to_ndarray(format="rgb24").astype(int) for f in container.decode(video=0)]
        assert [one.text for one in timeline.overlays] == ["one two", "three four", "five"]
        words = [(one, i) for one in timeline.overlays for i in range(len(one.words))]
        for (one, i), sung in zip(words, (1.0, 1.5, 2.5, 3.0, 4.6), strict=True):
            layers = layers_of(one, LARGE.width, LARGE.height)
            span = next(span for span in layers.spans if span.word == i)
            box, columns = layers.box, slice(round(span.left), round(span.right))
            inside = layers.letters[:, columns] > 0.9
            text, light, _ = (np.array(colour) * 255 for colour in one.colours)
            shares = []
            for frame in (int(sung * RATE) - 1, int(sung * RATE) + 1):
                shown = pictures[frame][box.top : box.bottom, box.left : box.right]
                part = shown[:, columns][inside]
                nearer = np.abs(part - light).sum(axis=1) < np.abs(part - text).sum(axis=1)
                shares.append(nearer.mean())
            assert shares[0] < 0.15 < 0.75 < shares[1]

    def test_one_changed_caption_makes_its_segment_anew_and_no_other(self, tmp_path):
        film = word_film(tmp_path, self.WORDS)
        _, first = self.made(film, "one.mp4")
        assert first.made_segments == 3
        lines = list(self.WORDS.lines)
        lines[2] = line(4.4, 5.6, "six", 4.6)
        board = film.storyboard.model_copy(update={"lyrics": lyrics(*lines)})
        changed_film = Film(film.project, film.sound, board, film.clips, film.spec)
        _, second = self.made(changed_film, "two.mp4")
        assert (second.made_segments, second.reused_segments) == (1, 2)

    def test_the_same_plan_gives_the_same_segments_and_bytes(self, tmp_path):
        hashes = []
        for name in ("a", "b"):
            film = word_film(tmp_path / name, self.WORDS)
            self.made(film, "film.mp4")
            hashes.append(sha256_of(film.project / "film.mp4"))
        assert hashes[0] == hashes[1]

    def test_segments_without_words_know_nothing_of_them(self, tmp_path):
        film = word_film(tmp_path, self.WORDS)
        bare = film.storyboard.model_copy(update={"captions": None})
        timelines = [edit(board, film.clips, SPEC) for board in (film.storyboard, bare)]
        only = lyrics(self.WORDS.lines[2])
        one = edit(film.storyboard.model_copy(update={"lyrics": only}), film.clips, SPEC)
        prints = [[p.fingerprint for p in pieces(t, SPEC)] for t in (*timelines, one)]
        assert prints[2][0] == prints[1][0]
        assert prints[0][0] != prints[1][0]

    def test_cards_stand_where_the_plan_says(self, tmp_path):
        cards = (Title(kind="title", text="Song", detail="Band", start=0.5, seconds=1.25),
                 Title(kind="end", text="Fin", start=9, seconds=3))  # fmt: skip
        film = word_film(tmp_path, self.WORDS, titles=cards)
        placed = overlays(film.storyboard, SPEC)
        shown = [(one.start, one.end, one.detail) for one in placed.overlays if one.kind == "title"]
        assert shown == [(12, 42, "Band")]
        assert 'the card "Fin" begins after the song\'s end: left out' in placed.notices


def test_letters_that_cannot_be_joined_are_told_of(monkeypatch):
    monkeypatch.setattr(setting, "shapes", lambda: False)
    assert "Hebrew" in setting._unshaped("שלום")[0]
    assert setting._unshaped("plain words") == ()
