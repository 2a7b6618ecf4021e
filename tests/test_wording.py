"""Words as they are read, asked for, placed and written."""

import json
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from songreel.assembly.overlays.soft import soft_captions
from songreel.cli.main import app
from songreel.models.errors import InvalidInput
from songreel.models.lyrics import Line, Lyrics
from songreel.models.overlay import CaptionStyle
from songreel.models.storyboard import Storyboard
from songreel.planning import Direction
from songreel.project import Project
from songreel.prompting.lyric_files import read_lyrics
from songreel.prompting.titles import end_card, title_card
from songreel.wording import UNSAID, Wording, change, export, worded
from support.analyses import Part, Score, write
from support.films import storyboard

SONG = write(
    Score(
        [Part("intro", "A", 4, 0.3), Part("verse", "B", 8, 0.5), Part("chorus", "C", 8, 0.9),
         Part("outro", "A", 4, 0.3)]
    )
)  # fmt: skip
"""120 bpm in 4/4: a bar lasts 2 s."""


def board(**fields):
    made = storyboard(SimpleNamespace(track=SONG.track), (0.0, 8.0, 24.0, 40.0))
    update = {"grid": SONG.grid, "sections": SONG.sections} | fields
    return made.model_copy(update=update)


def lyrics(*spans, form="lrc"):
    timed = form != "text"
    lines = tuple(
        Line(text=text, start=a if timed else None, end=b if timed else None)
        for a, b, text in spans
    )
    return Lyrics(source="words.lrc", form=form, lines=lines, trust=0.9)


def read(folder, text, duration=200.0):
    path = folder / "words.txt"
    path.write_text(text, encoding="utf-8")
    return read_lyrics(path, duration)


def told(found):
    return [(line.start, line.end, line.text) for line in found.lines]


class TestReading:
    @pytest.mark.parametrize(
        ("text", "lines"),
        [
            (
                "1:23 here we go\n1:30.5 - and on",
                [(83, 86.5, "here we go"), (90.5, 93.5, "and on")],
            ),
            ("(0:10) one\n(0:11) two", [(10, 11, "one"), (11, 13.5, "two")]),
            ("0:10-0:12 one\n0:13 two", [(10, 12, "one"), (13, 15.5, "two")]),
            ("12.5\t14\tone\n15\t16.25\ttwo", [(12.5, 14, "one"), (15, 16.25, "two")]),
            ("0:20 later\n0:10 sooner", [(10, 12.5, "sooner"), (20, 22.5, "later")]),
        ],
    )
    def test_rows_with_times_are_timed(self, tmp_path, text, lines):
        found = read(tmp_path, text)
        assert (found.form, found.timed) == ("times", True)
        assert told(found) == lines

    def test_rows_under_one_time_share_it_and_say_so(self, tmp_path):
        found = read(tmp_path, "0:10\none two\nthree four five six\n0:18 end")
        assert [line.start for line in found.lines] == [10.0, 12.625, 18.0]
        assert found.notices == (
            "1 rows have no time of their own: they share the time until the next one",
        )

    def test_a_time_in_the_words_makes_no_timed_rows(self, tmp_path):
        assert read(tmp_path, "meet me\n3:16 is the hour\nand go").form == "text"

    @pytest.mark.parametrize(
        ("row", "text", "words"),
        [
            ("[00:10.00]<00:10.00>beau<00:10.20>ti<00:10.40>ful <00:11.00>day <00:11.50>",
             "beautiful day", [(10, None, "beautiful"), (11, 11.5, "day")]),
            ("[00:01.00]one [00:01.50]two", "one two", [(1, None, "one"), (1.5, None, "two")]),
            ("[00:01.00]夜[00:01.50]に[00:02.00]駆ける[00:03.00]", "夜に駆ける",
             [(1, None, "夜"), (1.5, None, "に"), (2, 3, "駆ける")]),
            ("[00:01.00]one<00:02.00>two", "one two", [(1, None, "one"), (2, None, "two")]),
        ],
    )  # fmt: skip
    def test_marks_of_time_within_a_line_time_its_words(self, tmp_path, row, text, words):
        line = read(tmp_path, row).lines[0]
        assert line.text == text
        assert [(word.start, word.end, word.text) for word in line.words] == words
        assert words[-1][1] in (None, line.end)

    def test_webvtt_may_time_words_and_escape_signs(self, tmp_path):
        found = read(
            tmp_path,
            "WEBVTT\n\n00:01.000 --> 00:05.000\n<v Bob>one <00:00:02.000><c>two</c> "
            "<00:00:03.500>R&amp;B\n",
        )
        assert told(found) == [(1, 5, "one two R&B")]
        assert [word.start for word in found.lines[0].words] == [1, 2, 3.5]

    def test_notes_of_subtitles_are_not_sung(self, tmp_path):
        found = read(tmp_path, "1\n00:00:01,000 --> 00:00:02,000\n♪ la la ♪\n")
        assert told(found) == [(1, 2, "la la")]


class TestCards:
    def test_a_title_stands_in_the_intro_from_downbeat_to_downbeat(self):
        card = title_card(board(), "Song", "Band").title
        downbeats = SONG.grid.downbeat_times
        assert card.start in downbeats
        assert card.start + card.seconds in downbeats
        assert card.start >= 0.4
        assert card.start + card.seconds <= 8.0
        assert card.seconds >= 2.5

    def test_a_title_makes_way_for_what_is_sung(self):
        sung = lyrics((6.2, 9, "already sung"))
        card = title_card(board(lyrics=sung), "Song").title
        assert card.start + card.seconds <= 6.2

    def test_a_title_finds_a_pause_where_singing_begins_at_once(self):
        sung = lyrics((0.5, 6, "at once we sing"), (12.4, 16, "and again we do"))
        placed = title_card(board(lyrics=sung), "Song")
        assert placed.notices == ()
        assert placed.title.start >= 6
        assert placed.title.start + placed.title.seconds <= 12.4

    def test_a_title_over_what_is_sung_says_so(self):
        sung = lyrics(*((i, i + 1.0, "on and on") for i in range(40)))
        placed = title_card(board(lyrics=sung), "Song")
        assert 'the title "Song" stands over what is sung' in placed.notices[0]

    def test_an_end_card_begins_on_a_downbeat_after_the_last_word_and_ends_the_film(self):
        card = end_card(board(lyrics=lyrics((38, 41, "the last words"))), "Fin").title
        assert card.start in SONG.grid.downbeat_times
        assert card.start >= 41
        assert card.start + card.seconds == pytest.approx(SONG.track.duration, abs=1e-3)

    def test_without_a_trusted_grid_no_bar_is_claimed(self):
        card = title_card(board(beat_locked=False), "Song").title
        assert card.start == 0.4
        assert card.start + card.seconds <= 8.0


class TestAsking:
    def test_lyrics_with_times_are_shown_unless_told_otherwise(self):
        plan = board(lyrics=lyrics((1, 3, "la la")))
        assert worded(plan, UNSAID, fresh=True).captions == CaptionStyle()
        assert worded(plan, Wording(captions=False), fresh=True).captions is None
        assert worded(plan, UNSAID).captions is None  # an old plan stays as it was

    def test_lyrics_without_times_are_not_shown_and_say_so(self):
        plan = board(lyrics=lyrics((0, 0, "la"), form="text"))
        made = worded(plan, UNSAID, fresh=True)
        assert made.captions is None
        assert "no captions: words.lrc has no times" in made.notices[-1]

    @pytest.mark.parametrize("wording", [Wording(captions=True), Wording(size=8.0)])
    def test_captions_of_words_without_times_are_refused_with_the_way_out(self, wording):
        plan = board(lyrics=lyrics((0, 0, "la"), form="text"))
        with pytest.raises(InvalidInput, match=r"no times, so nobody knows .* '1:23 words'"):
            worded(plan, wording)
        with pytest.raises(InvalidInput, match="no words to show as captions"):
            worded(board(), wording)

    def test_a_plan_made_anew_keeps_style_and_cards(self):
        plan = board(lyrics=lyrics((9, 12, "la la")))
        wording = Wording(
            size=8.0, place="top", title="Song", artist="Band", end_card="Fin\\n\\nus"
        )
        before = worded(plan, wording, fresh=True)
        after = worded(plan, UNSAID, keep=before)
        assert (after.captions, after.titles) == (before.captions, before.titles)
        assert before.captions.size == 0.08
        shown = [(card.kind, card.text, card.detail) for card in before.titles]
        assert shown == [("title", "Song", "Band"), ("end", "Fin", "us")]

    def test_a_text_that_changes_keeps_its_place_and_an_empty_one_goes(self):
        before = worded(board(), Wording(title="Song"))
        moved = before.titles[0].model_copy(update={"start": 3.0})
        edited = before.model_copy(update={"titles": (moved,)})
        again = worded(edited, Wording(artist="Band"))
        assert (again.titles[0].start, again.titles[0].text, again.titles[0].detail) == (
            3.0, "Song", "Band"
        )  # fmt: skip
        assert worded(again, Wording(title="")).titles == ()

    def test_nothing_asked_changes_nothing(self):
        plan = board(lyrics=lyrics((1, 3, "la")))
        assert worded(plan, UNSAID) is plan
        assert Direction().words == UNSAID


class TestProject:
    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / "project.json").write_text(
            json.dumps({"kind": "songreel.project", "version": 1, "title": "s", "song": "s.wav",
                        "song_sha256": "0" * 64})
        )  # fmt: skip
        board(lyrics=lyrics((9, 12, "la la"))).save(Project(tmp_path).plan)
        return tmp_path

    def test_words_change_and_shots_stay(self, folder):
        before = Storyboard.load(folder / "plan.json")
        (folder / "new.lrc").write_text("[00:10.00]other <00:11.00>words\n")
        change(folder, Wording(captions=True, title="Song"), folder / "new.lrc")
        after = Storyboard.load(folder / "plan.json")
        assert after.shots == before.shots
        assert after.lyrics.lines[0].text == "other words"
        assert after.captions == CaptionStyle()
        assert [card.text for card in after.titles] == ["Song"]

    def test_what_is_refused_leaves_the_plan_as_it_was(self, folder):
        raw = (folder / "plan.json").read_bytes()
        with pytest.raises(InvalidInput, match="cannot read the font"):
            change(folder, Wording(font=folder / "no.ttf"), None)
        assert (folder / "plan.json").read_bytes() == raw

    @pytest.mark.parametrize("ending", [".srt", ".vtt", ".lrc"])
    def test_what_is_written_reads_back(self, tmp_path, ending):
        found = read(
            tmp_path,
            "[00:09.00]<00:09.00>We <00:09.40>were & <00:09.70>one <00:10.50>\n"
            "[00:20.00]then quiet\n",
        )
        path = tmp_path / f"out{ending}"
        path.write_text(soft_captions(found, SONG.track, ending), encoding="utf-8")
        again = read_lyrics(path, 200.0)
        assert again.form == ending[1:]
        for one, other in zip(found.lines, again.lines, strict=True):
            assert other.text == one.text
            assert other.start == pytest.approx(one.start, abs=0.011)
            assert other.end == pytest.approx(one.end, abs=0.011)
            if ending != ".srt":
                assert [w.start for w in other.words] == pytest.approx([w.start for w in one.words])

    def test_exports_replace_nothing_unasked_and_know_their_endings(self, folder):
        plan = Storyboard.load(folder / "plan.json")
        (folder / "a.srt").write_text("mine")
        with pytest.raises(InvalidInput, match="exists; choose another name, or add --force"):
            export(plan, (folder / "b.lrc", folder / "a.srt"), force=False)
        assert not (folder / "b.lrc").exists()
        with pytest.raises(InvalidInput, match=r"not written as \.doc; use \.srt, \.vtt, \.lrc"):
            export(plan, (folder / "a.doc",), force=False)
        export(plan, (folder / "a.srt",), force=True)
        assert "la la" in (folder / "a.srt").read_text()

    def test_words_without_times_are_not_exported(self, folder):
        plan = board(lyrics=lyrics((0, 0, "la"), form="text"))
        with pytest.raises(InvalidInput, match="has no times, so there are no captions to export"):
            export(plan, (folder / "a.srt",), force=False)

    def test_the_command_shows_changes_and_writes(self, folder):
        def run(*words):
            done = CliRunner().invoke(app, ["captions", str(folder), *words])
            assert done.exit_code == 0, done.output
            return done.stdout

        assert "la la" not in run()
        shown = run("--on", "--size", "8", "--title", "Song", "--artist", "Band")
        assert "Song / Band" in shown
        assert "la la" in shown
        assert json.loads(run("--json"))["captions"]["size"] == 0.08
        run("--export", str(folder / "out.vtt"))
        assert (folder / "out.vtt").read_text().startswith("WEBVTT\n\n00:00:09.000 -->")
        assert "la la" not in run("--off")
