"""What objects show of themselves in a notebook: well formed, escaped, small, told in words too."""

from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from IPython.lib.pretty import pretty

from songreel import notebook, shown_media
from songreel.film import Film, Timings
from songreel.generation.budget import Allotment, Allotted
from songreel.generation.contract import examined
from songreel.generation.quote import ClipQuote, FilmQuote
from songreel.grids import Corrected, Grid
from songreel.models.errors import InvalidInput
from songreel.models.grid_change import GridChange
from songreel.models.money import Quote
from songreel.models.render import CutCheck, Fault, Render, RenderSpec, SyncReport
from songreel.models.score import Score, ScorePart
from songreel.models.shown.lanes import css
from songreel.models.shown.markup import Markup, tag
from songreel.models.timebase import frame_at
from songreel.models.timeline import Cut, Timeline
from songreel.project import Project
from songreel.prompting.looks import choose_look
from songreel.prompting.plan import plan
from songreel.takes import Clips, Take, Takes
from support.analyses import hour, pop, silence
from support.barcodes import make_clip
from support.html import Page
from support.makers import Painter
from support.pictures import scenery, write_photo, write_video
from support.scores import plan as score_plan

HOSTILE = "<script>alert('x')</script>\"onload=\"y & <b>"
RATE = Fraction(24)
DIGEST = "0" * 64


@pytest.fixture(scope="module")
def heard():
    return pop()


@pytest.fixture(scope="module")
def board(heard):
    look, _, book = choose_look(heard, None)
    return plan(heard, look, book=book)


@pytest.fixture(scope="module")
def edit(board):
    edges = [frame_at(start, RATE) for start in board.starts]
    ends = [*edges[1:], frame_at(board.track.duration, RATE)]
    cuts = tuple(
        Cut(shot=shot.id, start=a, end=b, target=start, reason=shot.reason, source=0,
            clip=f"clips/{shot.id}.mp4", clip_sha256=DIGEST)
        for shot, start, a, b in zip(board.shots, board.starts, edges, ends, strict=True)
    )  # fmt: skip
    return Timeline(rate=RATE, width=160, height=90, frames=ends[-1], beat_locked=True, cuts=cuts)


def measured(edit, *, ok: bool = True, **more) -> SyncReport:
    """A report on `edit` that found every cut where it was planned."""
    checks = tuple(
        CutCheck(shot=cut.shot, reason=cut.reason, transition=cut.transition, target=cut.target,
                 planned=cut.start, found=cut.start, error=float(cut.start / RATE) - cut.target,
                 visibility=9.0)
        for cut in edit.cuts[1:]
    )  # fmt: skip
    fields = {
        "video": "film.mp4", "video_sha256": DIGEST, "spec": RenderSpec(width=160, height=90),
        "beat_locked": True, "frames_expected": edit.frames, "frames_found": edit.frames,
        "samples_expected": 1, "samples_found": 1, "sample_rate": 44100, "audio_offset": 0,
        "audio_drift": 0, "audio_exact": True, "cuts": checks, "faults": (), "substitutions": (),
        "notices": (), "ok": ok,
    }  # fmt: skip
    return SyncReport(**(fields | more))


def page(one) -> Page:
    return Page(one._repr_html_())


def labels(found: Page) -> list[str]:
    return [attributes["aria-label"] or "" for _, attributes in found.tags
            if "aria-label" in attributes]  # fmt: skip


def test_markup_is_escaped_unless_it_is_markup():
    said = tag("p", "<b>", Markup("<i>x</i>"), None, title='"')
    assert said == '<p title="&quot;">&lt;b&gt;<i>x</i></p>'
    assert tag("details", open=False, class_="a", role=None) == '<details class="a"></details>'


def test_an_analysis_tells_tempo_meter_key_and_trust(heard):
    found = page(heard)
    for word in ("120.0 BPM", "4/4", str(heard.key), "tempo octave", f"{heard.trust.grid:.2f}"):
        assert word in found.text
    told = labels(found)
    beats = f"{len(heard.beats)} beats in {len(heard.downbeats)} bars"
    assert beats in told
    assert any(text.startswith("sections: ") and "chorus" in text for text in told)
    assert any(text.startswith("mood over the song") for text in told)


def test_a_terminal_gets_one_line(heard, board, edit):
    for one, begin in ((heard, f"{heard.track.title}: "), (board, f"{board.track.title}: "),
                       (edit, "edit: "), (heard.grid, "beat grid: "), (board.look, board.look.name),
                       (measured(edit), "film.mp4: in sync")):  # fmt: skip
        line = pretty(one)
        assert line.startswith(begin)
        assert "\n" not in line
        assert len(line) < 250


def test_a_storyboard_has_its_shots_under_their_sections(board):
    found = page(board)
    rows = [a for name, a in found.tags if name == "tr"]
    groups = [a for a in rows if a.get("class") == "group"]
    assert len(rows) - len(groups) - 1 == len(board.shots)
    assert len(groups) == len({shot.section for shot in board.shots})
    for shot in board.shots:
        assert str(shot.at) in found.text
        assert shot.prompt in found.text
    colours = " ".join(a.get("style") or "" for a in found.all("span"))
    assert all(css(colour) in colours for colour in board.look.palette)


def test_what_a_person_writes_comes_out_inert(board, edit, tmp_path):
    words = {"prompt": HOSTILE, "motif": HOSTILE, "provider": HOSTILE}
    shots = tuple(shot.model_copy(update=words) for shot in board.shots)
    look = board.look.model_copy(
        update=dict.fromkeys(("name", "world", "medium", "light", "lens", "negative"), HOSTILE)
    )
    track = board.track.model_copy(update={"title": HOSTILE})
    clip = make_clip(tmp_path, 1, 24, RATE)
    request = clip.request.model_copy(update={"prompt": HOSTILE, "motif": HOSTILE})
    clip = clip.model_copy(update={"request": request, "faults": (HOSTILE,), "notes": (HOSTILE,)})
    music = score_plan(2.0, 2.0, prompt=HOSTILE)
    for one in (
        board.model_copy(update={"track": track, "look": look, "shots": shots,
                                 "notices": (HOSTILE,)}),
        look,
        measured(edit, video=HOSTILE, notices=(HOSTILE,), ok=False,
                 faults=(Fault(kind="black", start=0, end=2, detail=HOSTILE),)),
        edit.model_copy(update={"notices": (HOSTILE,)}),
        clip,
        Clips({HOSTILE: clip}, tmp_path),
        Takes.of((Take(HOSTILE, clip, HOSTILE),), tmp_path),
        music.model_copy(update={"title": HOSTILE, "reasons": (HOSTILE,)}),
    ):  # fmt: skip
        found = page(one)
        assert not found.all("script")
        assert not [n for _, attributes in found.tags for n in attributes if n.startswith("on")]
        assert HOSTILE in found.text


def test_songs_without_beats_or_with_an_hour_of_them_are_shown():
    quiet, long = silence(), hour()
    assert "no pulse" in page(quiet).text
    assert "no beats" in page(quiet.grid).text
    shown = long._repr_html_()
    assert len(shown) < 120_000
    assert any("too many to be drawn" in text for text in labels(Page(shown)))


def test_a_report_says_in_words_whether_the_film_is_in_sync(edit):
    good = page(measured(edit))
    assert "in sync" in good.text
    count = len(edit.cuts) - 1
    assert f"{count} of {count} that can be seen" in good.text
    bad = page(measured(edit, ok=False, notices=("the sound is late",)))
    assert "not as planned" in bad.text
    assert "the sound is late" in bad.text


def test_scores_and_their_plans_are_shown():
    music = score_plan(4.0, 6.0)
    found = page(music)
    assert "2 cues" in found.text
    assert "120 BPM" in found.text
    parts = tuple(
        ScorePart(cue=cue.id, provider="builtin", take=DIGEST, seed=1, start=i * 8000,
                  end=(i + 1) * 8000, step=0.5 if i else None, notes=("a small band",))
        for i, cue in enumerate(music.cues)
    )  # fmt: skip
    made = Score(plan=music, file="score.wav", sha256=DIGEST, rate=8000, channels=2,
                 samples=16000, parts=parts)  # fmt: skip
    told = page(made).text
    assert "by builtin" in told
    assert "+0.5 LU" in told
    assert "a small band" in told


def test_quotes_and_budgets_say_what_would_be_paid():
    price = Quote.exactly(Decimal("0.40"), "5 s at 0.08 USD")
    clip = ClipQuote(shots=("s01", "s02"), source="replicate:x", fingerprint=DIGEST, seconds=5.0,
                     quote=price)  # fmt: skip
    quote = page(FilmQuote(clips=(clip,), planned={}))
    assert "in all: 0.40 USD" in quote.text
    assert "5 s at 0.08 USD" in quote.text
    one = Allotted(shot="s01", source="replicate:x", take=None, quote=price)
    budget = Allotment(usd=Decimal(5), shots=(one,), total=price, score=1, upgrade=None,
                       sentences=("one shot is bought",))  # fmt: skip
    assert "one shot is bought" in page(budget).text


def test_a_grid_tells_what_was_corrected(heard):
    change = GridChange(kind="half")
    before = Grid(heard, heard, (), None)
    after = Grid(heard, heard, (change,), None)
    assert "nothing corrected" in page(before).text
    assert str(change) in page(Corrected(after, before)).text


def test_clips_and_takes_have_a_picture_each(tmp_path):
    clip = make_clip(tmp_path, 7, 24, RATE)
    found = page(Clips({"s01": clip, "s02": clip}, tmp_path))
    assert "1 clips for 2 shots" in found.text
    assert [image["alt"] for image in found.all("img")] == ["picture of clip-007.mp4"] * 2
    takes = Takes.of((Take("s01", clip, "shown"),), tmp_path)
    assert takes == (Take("s01", clip, "shown"),)
    assert takes[0].name in page(takes).text
    (tmp_path / clip.file).unlink()
    assert "no picture" in page(takes).text


@pytest.fixture
def film(tmp_path, edit, monkeypatch):
    """A film on disk, and a notebook beside its project."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "a song.songreel"
    folder.mkdir()
    write_video(folder / "film.mp4", [scenery(160, 90, shift=4 * i) for i in range(30)])
    render = Render(file="film.mp4", sha256=DIGEST, spec=RenderSpec(width=160, height=90),
                    frames=edit.frames, seconds=12.0, fingerprint=DIGEST, reused_segments=1,
                    made_segments=2)  # fmt: skip
    return Film(Project(folder), render, measured(edit), Timings({"clips": 1.0}), None)


def test_a_small_film_is_played_inside_the_notebook(film):
    found = page(film)
    (video,) = found.all("video")
    assert video["src"].startswith("data:video/mp4;base64,")
    assert video["poster"].startswith("data:image/jpeg;base64,")
    assert video["aria-label"] == "the film film"
    assert "in sync" in found.text


def test_a_large_film_is_played_from_its_file_and_says_so(film, monkeypatch):
    monkeypatch.setattr(shown_media, "EMBEDDED", 1000)
    source = film._repr_html_()
    found = Page(source)
    (video,) = found.all("video")
    assert video["src"] == "a%20song.songreel/film.mp4"
    assert "not kept inside a notebook" in found.text
    assert [link["href"] for link in found.all("a")] == ["a%20song.songreel/film.mp4"]
    assert len(source) < 60_000


def test_a_film_that_jupyter_cannot_serve_is_told_by_its_path(film, monkeypatch):
    monkeypatch.setattr(shown_media, "EMBEDDED", 1000)
    monkeypatch.chdir(film.project.folder.parent / "a song.songreel")
    elsewhere = film.project.folder.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    found = page(film)
    assert not found.all("video")
    assert not found.all("a")
    assert str(film.video) in found.text
    assert found.all("img")


def test_what_browsers_do_not_play_is_a_picture_and_a_link(film):
    moved = film.video.with_suffix(".mov")
    film.video.rename(moved)
    found = page(notebook.show(moved))
    assert not found.all("video")
    assert "do not play .mov" in found.text
    moved.unlink()
    assert "not there any more" in page(film).text


def test_show_takes_files_and_palettes_and_refuses_the_rest(tmp_path, board):
    picture = write_photo(tmp_path / "a.png", scenery(32, 18))
    (image,) = page(notebook.show(picture)).all("img")
    assert image["alt"] == "a"
    assert "5 colours" in page(notebook.show(board.look.palette)).text
    assert notebook.show(board) is board
    with pytest.raises(InvalidInput, match="there is no file"):
        notebook.show(tmp_path / "b.png")
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(InvalidInput, match=r"a\.txt cannot be shown"):
        notebook.show(tmp_path / "a.txt")


def test_progress_outside_of_jupyter_is_a_line_a_step(capsys):
    with notebook.progress() as tell:
        tell("hearing", 0.1)
        tell("hearing", 0.2)
        tell("cutting", 0.5)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["hearing", "cutting"]
    assert lines[2].startswith("done in ")


def test_progress_says_where_it_was_stopped(capsys):
    def work():
        with notebook.progress() as tell:
            tell("hearing", 0.1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert "stopped after" in capsys.readouterr().out


def test_in_jupyter_progress_is_a_bar_or_says_how_to_have_it(monkeypatch, capsys):
    from songreel import notebook_bar

    monkeypatch.setattr(notebook_bar, "in_jupyter", lambda: True)
    bar = notebook.progress()
    with bar as tell:
        tell("hearing", 0.5)
        shown, words = bar._widget.children
        assert shown.value == 0.5
        assert words.value == "hearing · 50%"
    assert (shown.value, shown.bar_style) == (1.0, "success")
    bar = notebook.progress()
    bar("cutting", 0.25)
    bar.__exit__(InvalidInput, InvalidInput("no"), None)
    shown, words = bar._widget.children
    assert (shown.value, shown.bar_style) == (0.25, "danger")
    assert "while cutting" in words.value
    monkeypatch.setattr(notebook_bar, "_widget", lambda: None)
    with notebook.progress() as tell:
        tell("hearing", 0.5)
    assert "pip install 'songreel[notebooks]'" in capsys.readouterr().out


def test_a_package_of_a_notebook_is_found_and_found_anew(tmp_path, monkeypatch):
    from songreel.assembly.effects.effect import find

    monkeypatch.syspath_prepend(str(tmp_path))
    module = tmp_path / "own_of_a_notebook.py"
    points = {"songreel.effects": {"own": "own_of_a_notebook:Own"}}
    for held in (1, 2):
        module.write_text(f"class Own:\n    held = {held}{' ' * held}\n")
        notebook.package(tmp_path, "own-of-a-notebook", points)
        assert find("own", {}).held == held


def test_a_source_is_asked_whether_it_keeps_the_contract(tmp_path):
    found = examined(Painter, tmp_path)
    assert found.ok
    assert "every promise is kept" in page(found).text


def test_a_source_that_breaks_its_promises_is_told_which(tmp_path):
    class Careless(Painter):
        def plan(self, requests):
            return dict(reversed(super().plan(requests).items()))

        def quote(self, request):  # noqa: ARG002
            raise RuntimeError(HOSTILE)

        def poll(self, job):
            if job.id == "nobody-knows":
                return SimpleNamespace(status="waiting")
            return super().poll(job)

    found = examined(Careless, tmp_path)
    broken = {answer.promise: answer.broken for answer in found.answers if answer.broken}
    assert len(broken) == 3
    assert "it was asked for" in broken["a plan has the shots in their order, and enough for each"]
    assert HOSTILE in page(found).text
    assert not page(found).all("script")


def test_nothing_is_ordered_from_a_source_that_costs_money(tmp_path):
    class Dear(Painter):
        traits = Painter.traits.model_copy(update={"costs_money": True})

        def quote(self, request):  # noqa: ARG002
            return Quote.exactly(Decimal(1), "1 USD a clip")

        def submit(self, request, images=None):  # noqa: ARG002
            raise AssertionError("it was ordered")

    found = examined(Dear, tmp_path)
    assert found.ok
    assert sum(not answer.asked for answer in found.answers) == 3
