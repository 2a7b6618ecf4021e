"""Lyrics are read from any usual file, and pictures follow the words."""

import pytest

from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Parts, Shot, Storyboard
from songreel.prompting.dialects import known, words
from songreel.prompting.imagery import bases, images, lexicon
from songreel.prompting.lint import lint
from songreel.prompting.looks import books, find_look, looks
from songreel.prompting.lyrics import follow, is_settled, lines_sung, placed, read_lyrics
from songreel.prompting.plan import plan
from support import analyses

SONG = analyses.pop()
LONG = SONG.track.duration
LRC = """\
[ti:A song of nobody]
[ar:Nobody]
[offset:+500]
[00:16.50]I walked the empty highway through the rain
[00:20.50]Your letter in my hand
[00:24.50]
[00:52.50][01:36.50]A river over the mountain
[00:56.50][01:40.50]Dancing with the lightning
no time here
"""


@pytest.fixture(scope="module")
def board():
    return plan(SONG, find_look("desert-road"))


def read(tmp_path, text, name="words.lrc", duration=LONG):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_lyrics(path, duration)


def seen(text):
    return {image.key.split("/", 1)[1].rstrip("/") for image in images(text)}


class TestFiles:
    def test_lrc_has_lines_at_their_times_moved_by_the_offset(self, tmp_path):
        lyrics = read(tmp_path, LRC)
        assert lyrics.form == "lrc"
        assert [line.start for line in lyrics.lines] == [16.0, 20.0, 52.0, 56.0, 96.0, 100.0]
        assert lyrics.lines[1].end == 24.0  # the empty line
        assert lyrics.lines[2].text == lyrics.lines[4].text == "A river over the mountain"
        assert lyrics.notices == ("1 rows without a time were left out",)

    def test_a_line_is_not_held_through_a_solo(self, tmp_path):
        lyrics = read(tmp_path, "[00:10.00]one two\n[02:00.00]three")
        assert lyrics.lines[0].end == 13.0  # two seconds and two words at two a second

    def test_words_with_times_of_their_own_are_sung_in_their_shots(self, tmp_path, board):
        lyrics = read(
            tmp_path, "[00:23.00]<00:23.00>the <00:23.40>horse <00:24.20>and <00:24.60>rider"
        )
        assert [w.start for w in lyrics.lines[0].words] == [23.0, 23.4, 24.2, 24.6]
        sung = lines_sung(board, lyrics.lines)
        edges = [start for start, _ in board.spans]
        at = edges.index(24.0)
        assert [line.text for line in sung[at - 1]] == ["the horse"]
        assert [line.text for line in sung[at]] == ["and rider"]

    def test_srt_and_webvtt_are_cues_without_their_markup(self, tmp_path):
        srt = (
            "1\n00:00:10,500 --> 00:00:12,000\n<i>A candle</i>\nburning\n\n"
            "2\n00:01:00,000 --> 00:01:02,000 X1:1\n{\\an8}low\n"
        )
        lyrics = read(tmp_path, srt, "a.srt")
        assert [(x.start, x.end, x.text) for x in lyrics.lines] == [
            (10.5, 12.0, "A candle burning"), (60.0, 62.0, "low"),
        ]  # fmt: skip
        vtt = (
            "WEBVTT\n\nNOTE by nobody\n\n"
            "00:10.500 --> 00:12.000 align:start\n<v Ann>A <00:11.000>candle\n"
        )
        lyrics = read(tmp_path, vtt, "a.vtt")
        assert lyrics.form == "vtt"
        assert [(x.start, x.end, x.text) for x in lyrics.lines] == [(10.5, 12.0, "A candle")]

    def test_plain_text_has_stanzas_and_a_label_alone_repeats_its_stanza(self, tmp_path):
        text = "[Verse 1]\none\ntwo\n\n[Chorus]\nthree\n\n(guitar)\n\nVerse 2:\nfour\n\n[Chorus]\n"
        lyrics = read(tmp_path, text, "a.txt")
        assert not lyrics.timed
        told = [(line.text, line.stanza, line.label) for line in lyrics.lines]
        assert told == [
            ("one", 0, "verse 1"), ("two", 0, "verse 1"), ("three", 1, "chorus"),
            ("four", 2, "verse 2"), ("three", 3, "chorus"),
        ]  # fmt: skip

    def test_without_times_lines_are_spread_over_the_sung_sections_and_it_is_said(self, tmp_path):
        lyrics = read(tmp_path, "\n".join(f"line {i}" for i in range(40)), "a.txt")
        assert lyrics.trust < 0.5
        lines, notices = placed(lyrics, SONG)
        starts = [line.start for line in lines]
        assert starts == sorted(starts)
        sung = [s for s in SONG.sections if s.label not in ("intro", "outro")]
        assert starts[0] == sung[0].start
        assert lines[-1].end == pytest.approx(sung[-1].end)
        assert all(s.label not in ("intro", "outro") for x in starts for s in SONG.sections
                   if s.start <= x < s.end)  # fmt: skip
        assert "has no times: its 40 lines are spread over the 8 sung sections" in notices[-1]

    def test_as_many_stanzas_as_sung_sections_go_one_to_each(self, tmp_path):
        text = "\n\n".join(f"stanza {i}\nsecond line" for i in range(8))
        lines, _ = placed(read(tmp_path, text, "a.txt"), SONG)
        sung = [s for s in SONG.sections if s.label not in ("intro", "outro")]
        assert [lines[2 * i].start for i in range(8)] == [s.start for s in sung]

    def test_other_encodings_are_read_and_the_guess_is_told(self, tmp_path):
        assert read(tmp_path, "[00:01.00]façade".encode("utf-16")).lines[0].text == "façade"
        assert read(tmp_path, "\ufeff[00:01.00]façade").notices == ()
        guessed = read(tmp_path, "[00:01.00]façade".encode("cp1252"))
        assert guessed.lines[0].text == "façade"
        assert "Windows-1252" in guessed.notices[0]

    def test_lines_after_the_end_are_left_out_and_told(self, tmp_path):
        lyrics = read(tmp_path, "[00:01.00]here\n[09:00.00]there")
        assert len(lyrics.lines) == 1
        assert "1 lines of words.lrc begin after the song's end" in lyrics.notices[0]

    @pytest.mark.parametrize(
        ("raw", "said"),
        [
            (b"", "holds no words"),
            (b"\n \n...\n---\n", "holds no words"),
            (b"[ti:only a title]\n[00:10.00]\n", "holds no words that are sung within"),
            (b"[99:10.00]late\n", "holds no words that are sung within"),
            (b"\x00\x01\x02" * 100, "is no text"),
            (bytes(range(256)) * 8, "is no text"),
            (b"\xff\xfe\x00", "is no text"),
            (b"word " * 400_000, "larger than 1024 KiB"),
            (b"word " * 500, "line 1: 2500 characters"),
            (b"a\n" * 30_000, "has 30000 rows"),
            (b"1\n00:00:10,500 --> 00:00:09,000\n\n", "holds no words"),
        ],
    )
    def test_what_holds_no_lyrics_is_refused_in_a_sentence(self, tmp_path, raw, said):
        with pytest.raises(InvalidInput, match=said) as caught:
            read(tmp_path, raw)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        "text",
        ["[00:99.99]a\n[1:2]b", "[00:01.00]" * 50 + "a", "[00:01.00]<99:99.99>a<", "[offset:x]\n"
         "[00:01.00]a", "[offset:-99999999]\n[00:01.00]a", "[00:01.00]\u202ea\u0007b",
         "00:00:01,000 --> 00:00:00,000\na", "WEBVTT\n\n--> \n00:01.000 --> 00:02.000\na"],
    )  # fmt: skip
    def test_odd_files_give_lines_in_order_within_the_song(self, tmp_path, text):
        lyrics = read(tmp_path, text)
        starts = [line.start for line in lyrics.lines]
        assert starts == sorted(starts)
        assert all(0 <= line.start < LONG and line.end > line.start for line in lyrics.lines)
        assert all(line.text.isprintable() for line in lyrics.lines)

    def test_a_missing_file_and_a_folder_are_refused(self, tmp_path):
        for path in (tmp_path / "none.lrc", tmp_path):
            with pytest.raises(InvalidInput, match="cannot read"):
                read_lyrics(path, LONG)


class TestWords:
    @pytest.mark.parametrize(
        ("text", "base"),
        [
            ("running", "run"), ("burning", "burn"), ("dances", "dance"), ("candles", "candle"),
            ("flies", "fly"), ("leaves", "leaf"), ("wolves", "wolf"), ("raining", "rain"),
            ("sinking", "sink"), ("hoped", "hope"), ("rivers", "river"), ("runnin'", "run"),
            ("churches", "church"), ("fell", "fall"), ("moon's", "moon"), ("swimming", "swim"),
        ],
    )  # fmt: skip
    def test_inflections_come_down_to_their_base(self, text, base):
        assert base in list(bases(text))

    @pytest.mark.parametrize(
        "text", ["staring", "bring", "being", "nothing", "sing" * 9, "this", "is", "was", "during"]
    )
    def test_a_word_that_only_looks_like_one_brings_nothing(self, text):
        assert seen(text) == set()

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("fire in the rain", {"fire", "rain"}),
            ("no fire in the rain", set()),
            ("there's no fire, only rain", {"rain"}),
            ("without you the ocean is water", {"water"}),
            ("I can't see the mountain but the river runs", {"river"}),
            ("never a rose, always a knife", {"small/a bare blade"}),
            ("we don’t burn", set()),
            ("falling in love", {"love"}),
            ("the rain is falling", {"rain"}),
            ("a fly", {"bird/a fly"}),
            ("fly", {"fly"}),
            ("FIRE!", {"fire"}),
            ("", set()),
            ("日本語の歌", set()),
        ],
    )
    def test_images_are_what_is_meant(self, text, expected):
        assert seen(text) == expected

    def test_every_word_of_the_lexicon_is_found_by_itself(self):
        lexicon_ = lexicon()
        every = {w for s in lexicon_.scene.values() for w in s.words} | set(lexicon_.act)
        every |= {w for k in lexicon_.kind.values() for w in k.words}
        every |= {w for m in lexicon_.mood.values() for w in m.words}
        assert len(every) > 500
        assert [word for word in every if not images(f"the {word}") and not images(word)] == []

    @pytest.mark.parametrize(
        "dialect",
        [d if d == "plain" else pytest.param(d, marks=pytest.mark.slow) for d in known()],
    )
    def test_every_image_passes_the_lint(self, dialect):
        lexicon_, shown = lexicon(), []
        for scene in lexicon_.scene.values():
            shown += [
                ("", clause, "") for p in (scene.calm, scene.rising, scene.wild) for clause in p
            ]
        for kind in lexicon_.kind.values():
            for noun in kind.words.values():
                thing = noun if isinstance(noun, str) else noun.seen
                shown.append((kind.front[0].format(thing), "dust drifting through one beam", ""))
            pairs = (kind.calm, kind.rising, kind.wild)
            shown += [("", clause.format("a thing"), "") for p in pairs for clause in p]
        shown += [("", "dust drifting by", line) for pair in lexicon_.act.values() for line in pair]
        hour, look = analyses.bare(3600.0, 0.5), find_look("marble-hall")
        shots = []
        for i, (front, happens, action) in enumerate(shown):
            parts = Parts(
                seen=f"{front} a white wall".strip(), happens=happens, action=action,
                subject="a figure in grey cloth" if action else "", place="by a white wall",
                light="even light", lens="normal lens", medium="35 mm film", pace="rising",
            )  # fmt: skip
            shot = Shot(
                id=f"s{i}", at=f"{i}s", section=0, reason="opening", prompt=".", parts=parts,
                motif="ink", camera="static", size="wide", palette=look.palette, energy=0.5,
                motion=0.5, seed=0,
            )  # fmt: skip
            shots.append(shot.model_copy(update={"prompt": words(shot, look, dialect).prompt}))
        every = Storyboard(
            track=hour.track, look=look, style="classic", dialect=dialect, seed=0,
            beat_locked=False, sections=hour.sections, shots=tuple(shots), grid=hour.grid,
        )  # fmt: skip
        found = [(dialect, f.rule, f.text, shown[int(f.shot[1:])]) for f in lint(every)
                 if f.rule not in ("duplicate", "unseen mood", "too short")]  # fmt: skip
        assert found == []


class TestFollowing:
    def test_what_is_sung_is_seen_in_the_shots_it_is_sung_in(self, tmp_path, board):
        made = follow(board, read(tmp_path, LRC), SONG)
        assert [s.id for s in made.shots] == [s.id for s in board.shots]
        assert made.spans == board.spans
        by_start = {
            round(start): shot for shot, (start, _) in zip(made.shots, made.spans, strict=True)
        }
        first = by_start[16]
        assert "empty highway" in first.parts.words
        assert "an empty highway" in first.prompt or "rain" in first.parts.happens
        changed = [s for s, old in zip(made.shots, board.shots, strict=True) if s != old]
        assert all(shot.parts.words for shot in changed)
        assert f"words are sung in {len(changed)} of {len(made.shots)} shots" in made.notices[-1]
        silent = [s for s in made.shots if not s.parts.words]
        assert all(s in board.shots for s in silent)

    def test_the_look_keeps_place_subject_medium_and_lens(self, tmp_path, board):
        made = follow(board, read(tmp_path, LRC), SONG)
        for old, new in zip(board.shots, made.shots, strict=True):
            for field in ("place", "subject", "medium", "lens", "time", "pace"):
                assert getattr(old.parts, field) == getattr(new.parts, field)
            assert new.parts.seen.endswith(old.parts.seen)
            assert new.parts.light.startswith(old.parts.light)
            assert new.prompt == words(new, made.look, made.dialect).prompt

    @pytest.mark.parametrize(
        "name",
        [
            pytest.param(name, marks=pytest.mark.slow if place % 3 else ())
            for place, name in enumerate(looks())
        ],
    )
    def test_no_look_gains_a_fault(self, tmp_path, name):
        before = plan(SONG, find_look(name))
        rows = [
            "sun and moon and stars and snow and fire", "a letter, a window, a horse, a gun",
            "running through the city in the rain", "burning, falling, swimming in the sea",
            "lightning on the mountain", "a neon sign, a child, a crowd, a castle",
        ]  # fmt: skip
        text = "\n".join(
            f"[{t // 60:02}:{t % 60:02}.00]{rows[t // 4 % 6]}" for t in range(0, 200, 4)
        )
        after = follow(before, read(tmp_path, text), SONG)
        old = {(f.shot, f.rule) for f in lint(before)}
        assert {(f.shot, f.rule) for f in lint(after) if f.rule != "duplicate"} <= old
        forbidden = [thing.strip() for thing in books()[name].negative.split(",")]
        assert not [x for x in forbidden for s in after.shots if f" {x} " in f" {s.parts.seen} "]
        shown = sum(a.parts.happens != b.parts.happens or a.parts.seen != b.parts.seen
                    for a, b in zip(before.shots, after.shots, strict=True))  # fmt: skip
        assert shown > 0.5 * len(after.shots)

    def test_a_line_that_returns_brings_the_same_image_varied(self, tmp_path, board):
        text = "[01:04.00]lightning\n[01:08.00]\n[01:52.00]lightning\n[01:56.00]\n"
        made = follow(board, read(tmp_path, text), SONG)
        sung = [s for s in made.shots if s.parts.words]
        first = [s.parts.happens for s, (a, _) in zip(made.shots, made.spans, strict=True)
                 if s in sung and a < 90]  # fmt: skip
        later = [s.parts.happens for s, (a, _) in zip(made.shots, made.spans, strict=True)
                 if s in sung and a > 90]  # fmt: skip
        scene = lexicon().scene["lightning"]
        clauses = {*scene.calm, *scene.rising, *scene.wild}
        assert first
        assert later
        assert {*first, *later} <= clauses
        assert not {*first} & {*later}

    def test_abstract_words_change_mood_and_light_alone(self, tmp_path, board):
        made = follow(board, read(tmp_path, "[00:20.00]I am so lonely\n"), SONG)
        old, new = next((a, b) for a, b in zip(board.shots, made.shots, strict=True) if a != b)
        assert new.parts.mood == "sorrowful and held back"
        assert new.parts.light == f"{old.parts.light}, a little dimmer"
        same = ("seen", "happens", "subject", "action", "place")
        assert all(getattr(old.parts, field) == getattr(new.parts, field) for field in same)
        assert "0 show what they say" in made.notices[-1]

    def test_negated_words_leave_the_picture_alone(self, tmp_path, board):
        made = follow(board, read(tmp_path, "[00:20.00]no fire, never the rain\n"), SONG)
        for old, new in zip(board.shots, made.shots, strict=True):
            assert new.prompt == old.prompt

    def test_locked_and_edited_shots_stay_as_they_are_and_are_named(self, tmp_path, board):
        text = "\n".join(f"[00:{t}.00]rain and fire" for t in range(16, 40, 2))
        locked = board.shots[2].model_copy(update={"locked": True})
        edited = board.shots[3].model_copy(update={"prompt": "My own words."})
        mine = board.model_copy(
            update={"shots": (*board.shots[:2], locked, edited, *board.shots[4:])}
        )
        assert [is_settled(mine, s) for s in mine.shots[1:5]] == [False, True, True, False]
        made = follow(mine, read(tmp_path, text), SONG)
        assert made.shots[2:4] == (locked, edited)
        assert made.shots[4] != board.shots[4]
        assert made.notices[-1].endswith(f"do not follow the words: {locked.id}, {edited.id}")

    def test_an_edited_negative_stays_while_the_picture_follows(self, tmp_path, board):
        own = board.shots[2].model_copy(update={"negative": "birds"})
        mine = board.model_copy(update={"shots": (*board.shots[:2], own, *board.shots[3:])})
        made = follow(mine, read(tmp_path, "[00:16.00]rain\n"), SONG)
        assert made.shots[2].negative == "birds"
        assert made.shots[2].prompt != own.prompt

    def test_portions_of_one_take_stay_alike(self, tmp_path, board):
        twin = board.shots[2].model_copy(update={"take": "t1"})
        other = board.shots[4].model_copy(
            update={"take": "t1", "parts": twin.parts, "prompt": twin.prompt, "seed": twin.seed,
                    "size": twin.size, "camera": twin.camera, "palette": twin.palette}
        )  # fmt: skip
        shots = (*board.shots[:2], twin, board.shots[3], other, *board.shots[5:])
        mine = board.model_copy(update={"shots": shots})
        text = "[00:16.00]rain on the mountain\n[00:28.00]fire and knives\n"
        made = follow(mine, read(tmp_path, text), SONG)
        assert made.shots[2].prompt == made.shots[4].prompt != twin.prompt

    @pytest.mark.parametrize("dialect", known())
    def test_the_same_song_twice_is_the_same_text_in_every_dialect(self, tmp_path, dialect):
        lyrics = read(tmp_path, LRC)
        before = plan(SONG, find_look("old-forest"), dialect=dialect)
        once, twice = (follow(before, lyrics, SONG).to_json() for _ in range(2))
        assert once == twice
        assert once != before.to_json()
