"""What the commands around buying say and refuse; nothing here is bought."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from scipy.io import wavfile

from songreel.assembly.sources import in_short, of_shots, paid, sources
from songreel.assembly.summary import told_once
from songreel.cli.spending import usd
from songreel.models.errors import InvalidInput
from songreel.models.money import Charge
from songreel.models.timeline import Cut, Timeline
from songreel.store.ledger import Ledger, Scope
from support.clicks import drum_track
from support.command import command

EXAMPLES = Path(__file__).parent.parent / "examples"
SMALL = ["--size", "90", "--style", "driving"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A song, and a workspace that knows it."""
    found = tmp_path_factory.mktemp("commands")
    wavfile.write(found / "drums.wav", 24000, drum_track(120.0, bars=4).mono)
    return found


@pytest.fixture(scope="module")
def songreel(folder):
    """The command, with keys that no service is asked about."""
    nowhere = "http://127.0.0.1:1"
    return command(
        folder, REPLICATE_API_TOKEN="r8_none", FAL_KEY="none:none", REPLICATE_BASE_URL=nowhere,
        FAL_QUEUE_BASE_URL=nowhere, FAL_REST_BASE_URL=nowhere,
    )  # fmt: skip


@pytest.fixture(scope="module")
def film(songreel, folder):
    """A finished film of free pictures."""
    songreel("make", "drums.wav", "--project", "film", *SMALL)
    return folder / "film"


@pytest.mark.parametrize("amount", ["abc", "", "nan", "snan", "inf", "1e999", "-1", "1e-9", "5,00"])
def test_what_is_no_sum_of_money_is_named(amount):
    with pytest.raises(InvalidInput, match="is not an amount of USD") as told:
        usd(amount, "--budget")
    assert repr(amount) in str(told.value)


@pytest.mark.parametrize("amount", ["0", "5", "2.50", "0.000001", "1e2"])
def test_a_sum_of_money_is_read_exactly(amount):
    assert usd(amount, "--budget") == Decimal(amount)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "lacking"),
    [
        ("replicate:video-01-live", "a start image"),
        ("fal:veo-3.1-first-last", "a start image and an end image"),
        ("fal:ltx-2.3-audio-to-video", "sound"),
    ],
)
def test_a_model_that_can_serve_no_shot_is_refused_before_a_price_is_told(
    songreel, source, lacking
):
    done = songreel(
        "make", "drums.wav", "-p", f"f{lacking[:9]}", *SMALL, "--visuals", source, "--yes", status=1
    )
    assert f"{source} makes nothing without {lacking}" in done.stderr
    assert "USD" not in done.stderr


@pytest.mark.parametrize("option", ["--visuals", "--stand-in"])
@pytest.mark.parametrize("source", ["", "nobody:x", "fal:nothing"])
def test_a_source_that_is_none_is_not_remembered(songreel, film, option, source):
    before = (film / "project.json").read_bytes()
    songreel("assemble", "film", option, source, status=1)
    assert (film / "project.json").read_bytes() == before


def test_a_film_leaves_its_clips_in_the_history(songreel, film):
    (told,) = json.loads(songreel("history", "--project", "film", "--json").stdout)
    files = {
        json.loads(path.read_text())["sha256"]
        for path in (film / "clips").glob("s??-????????.json")
    }
    assert told["provider"] == "builtin"
    assert told["clips"] == len(files) > 0


def test_a_retake_from_a_model_that_cannot_make_it_leaves_the_plan_alone(songreel, film):
    before = (film / "plan.json").read_bytes()
    done = songreel("retake", "film", "s02", "--model", "replicate:video-01-live", "-y", status=1)
    assert "shot s02 has none" in done.stderr
    assert (film / "plan.json").read_bytes() == before


@pytest.mark.usefixtures("film")
def test_a_seed_too_great_for_any_model_is_named(songreel):
    assert "99999999999" in songreel("retake", "film", "s02", "--seed", 10**20 - 1, status=1).stderr


@pytest.mark.slow
@pytest.mark.usefixtures("film")
def test_a_limit_that_holds_is_told_with_the_price(songreel):
    songreel("costs", "limit", "0.01", "--project", "film")
    asked = ["assemble", "film", "--visuals", "fal"]
    assert "the limit of this project is 0.01 USD" in songreel(*asked, status=1).stderr
    assert "the limit of" not in songreel(*asked, "--budget", "900", status=1).stderr
    songreel("costs", "limit", "None", "--project", "film")
    assert "the limit of" not in songreel(*asked, status=1).stderr
    songreel("assemble", "film", "--visuals", "builtin", "--json")


@pytest.mark.parametrize("take", ["", "zzzz"])
@pytest.mark.usefixtures("film")
def test_a_take_that_is_none_is_not_chosen(songreel, take):
    done = songreel("takes", "film", "s01", "--use", take, status=1)
    assert f"no take {take!r}" in done.stderr


@pytest.mark.usefixtures("film")
def test_one_take_cannot_be_chosen_and_not_chosen(songreel):
    done = songreel("takes", "film", "s01", "--use", "a", "--follow-plan", status=1)
    assert "give one of them" in done.stderr


@pytest.mark.usefixtures("film")
def test_a_sheet_of_pairs_replaces_nothing_unasked(songreel, folder):
    song = (folder / "drums.wav").read_bytes()
    (folder / "there.png").write_bytes(b"mine")
    assert "PNG" in songreel("pairs", "film", ".", "--sheet", "drums.wav", status=1).stderr
    assert "--force" in songreel("pairs", "film", ".", "--sheet", "there.png", status=1).stderr
    assert (folder / "drums.wav").read_bytes() == song
    assert (folder / "there.png").read_bytes() == b"mine"


def test_a_writer_that_cannot_be_asked_is_told_of(songreel):
    assert "the rules wrote" in songreel("plan", "drums.wav", "--writer", "some-model").stderr
    assert "--writer" in songreel("plan", "drums.wav", "--writer", " ", status=1).stderr


@pytest.mark.slow
def test_the_report_is_of_the_reasons_of_the_latest_run(songreel, film):
    def notices():
        return " ".join(json.loads((film / "report.json").read_text())["notices"])

    plan = json.loads((film / "plan.json").read_text())
    kept = [{**shot, "keep": "deadbeef"} for shot in plan["shots"]]
    (film / "plan.json").write_text(json.dumps(plan | {"shots": kept}))
    songreel("assemble", "film")
    assert "deadbeef" in notices()
    (film / "plan.json").write_text(json.dumps(plan))
    songreel("assemble", "film")
    assert "deadbeef" not in notices()


def test_a_name_without_a_model_is_no_empty_list(songreel):
    assert "'nope'" in songreel("models", "--name", "nope", status=1).stderr


def test_projects_of_one_name_are_told_apart(songreel, folder):
    ledger = Ledger(f"sqlite:///{folder / 'workspace' / 'songreel.db'}")
    for project, sum_ in (("a" * 32, 1), ("b" * 32, 2)):
        charge = Charge(usd=Decimal(sum_), basis="made up", measured=True)
        ledger.purse(project, "Twin").settle("key", charge)
        ledger.limit(Scope("project", project), Decimal(9))
    told = songreel("costs")
    for name in ("Twin (aaaaaaaa)", "Twin (bbbbbbbb)"):
        assert name in told.stdout
        assert f"limit of the project {name}: 9.00 USD" in told.stderr


def test_the_examples_are_a_model_and_a_look(songreel, folder):
    config = folder / "config"
    (config / "looks").mkdir(parents=True)
    shutil.copy(EXAMPLES / "catalogue.toml", config)
    shutil.copy(EXAMPLES / "greenhouse.yaml", config / "looks")
    try:
        assert "replicate:my-ltx" in songreel("models").stdout
        assert "greenhouse" in songreel("looks").stdout
        planned = songreel("plan", "drums.wav", "--look", "greenhouse", "--json").stdout
        assert json.loads(planned)["look"]["name"] == "greenhouse"
    finally:
        shutil.rmtree(config)


def cut(number, clip, provider, usd=None, **more):
    charge = Charge(usd=Decimal(usd), basis="", measured=True) if usd else None
    return Cut(
        shot=f"s{number}", start=24 * number, end=24 * number + 24, target=float(number),
        reason="downbeat", clip="clips/a.mp4", clip_sha256=clip * 64, source=0, provider=provider,
        cost=charge, **more,
    )  # fmt: skip


def timeline(*cuts):
    return Timeline(
        rate=24, width=160, height=90, frames=24 * len(cuts), beat_locked=True, cuts=cuts
    )


def test_a_shared_clip_is_one_clip_paid_once():
    film = timeline(
        cut(0, "a", "fal:x", "0.30"), cut(1, "b", "builtin", substitution="asked of fal:x"),
        cut(2, "a", "fal:x"), cut(3, "c", "fal:x", "0.20"),
    )  # fmt: skip
    bought, drawn = sources(film)
    assert (bought.source, bought.clips, bought.shots, bought.seconds) == ("fal:x", 2, 3, "3.0 s")
    assert (bought.paid, bought.instead) == ("0.50 USD", 0)
    assert (drawn.source, drawn.paid, drawn.instead) == ("builtin", "–", 1)
    assert paid(film) == "0.50"
    told = of_shots(film)
    assert told["s0"] == "fal:x · 0.30 USD · shares its clip with s2"
    assert told["s2"] == "fal:x · shares its clip with s0"
    assert told["s3"] == "fal:x · 0.20 USD"


def test_a_timeline_from_before_sources_were_told_has_none():
    film = timeline(cut(0, "a", ""))
    assert (sources(film), paid(film), of_shots(film)) == ((), "", {"s0": ""})


def test_a_card_tells_a_substitution_in_short():
    long = "asked of fal:x (a, b), in its place builtin (c, d), because fal said no, because it can"
    assert in_short(long) == "instead of fal:x: fal said no, because it can"
    assert in_short("something else") == "something else"
    assert in_short(None) is None


def test_one_reason_is_told_once():
    down = "asked of fal:x, in its place builtin, because fal is down"
    lines = told_once(
        [f"s1: {down}", f"s2: {down}", "s3: asked of fal:x, because it refused", f"s4: {down}"]
    )
    assert len(lines) == 2
    assert lines[0].startswith("s1: ")
    assert "s2, s4" in lines[0]
    assert lines[1].startswith("s3: ")
