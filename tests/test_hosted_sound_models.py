"""The catalogue of hosted models of sound: legal, priced, as listed, and one's own."""

from decimal import Decimal

import pytest

from songreel.generation.catalogue.compare import differences
from songreel.generation.catalogue.sounds import sounds
from songreel.hosted import Choices
from songreel.models.clip import Job
from songreel.models.errors import InvalidInput
from songreel.models.sound_request import Seen, SoundFiles, SoundRequest
from songreel.settings import Settings
from support.hosted_sounds import a_sound, a_video, sources_in, wanted
from support.services import await_end

NOTHING = "0" * 64


ENTRIES = sounds().entries


@pytest.fixture
def make(cloud, tmp_path):  # noqa: ARG001 (the server it speaks to)
    """Sources by name, closed at the end."""
    with sources_in(tmp_path / "scratch") as made:
        yield made


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_every_model_is_asked_legally_and_quoted_around_the_bill(make, cloud, tmp_path, entry):
    source = make(entry.key)
    more = {}
    files = SoundFiles()
    if source.hears:
        path, more["heard"] = a_sound(tmp_path)
        files = SoundFiles(heard=path)
    if source.sees:
        path, more["seen"] = a_video(tmp_path, 4.0)
        files = SoundFiles(seen=path)
    request = source.plan(wanted(entry.tasks[0], **more))
    job = source.submit(request, files)
    state = await_end(source, Job[SoundRequest].model_validate_json(job.model_dump_json()))
    assert state.status == "done", state.detail
    [line] = cloud.bill()
    quote = source.quote(request)
    assert 0 < quote.low <= line.usd <= quote.high, (quote, line.usd)
    assert state.charge.usd == pytest.approx(line.usd, abs=Decimal("0.000002"))
    assert "non-commercial" in source.notes(request)[-1]
    assert not source.notices()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_no_entry_differs_from_the_live_schema(make, entry):
    live = make(entry.key).live_schema(entry)
    assert [str(found) for found in differences(entry, live)] == []


def test_a_users_own_catalogue_changes_prices_and_adds_models(make, tmp_path):
    own = tmp_path / "catalogue.toml"
    own.write_text(
        '[sound.fal.mmaudio-v2.price]\nrates = [{ usd = "0.002" }]\n'
        '[sound.replicate.musicgen-melody]\nlike = "replicate:musicgen"\n'
        'settings = { model_version = "stereo-melody-large" }\n'
        '[fal.ltx-video.price]\nrates = [{ usd = "0.05" }]\n'
    )
    seen = Seen(sha256=NOTHING, seconds=4.0)
    fal = make("fal", catalogue=own)
    assert fal.quote(fal.plan(wanted("effects", seen=seen))).likely == Decimal("0.008")
    assert "as your own catalogue says" in fal.notices()[0]
    melody = make("replicate:musicgen-melody", catalogue=own)
    request = melody.plan(wanted())
    assert request.settings["model_version"] == "stereo-melody-large"
    own.write_text("[sound.fal.mmaudio-v2.settings]\nnum_steps = 99\n")
    with pytest.raises(InvalidInput, match="fal:mmaudio-v2: settings: num_steps is 99, at most 50"):
        make("fal", catalogue=own)


@pytest.mark.usefixtures("cloud")
def test_models_of_sound_are_listed_and_checked_beside_the_others(monkeypatch, tmp_path):
    monkeypatch.setenv("SONGREEL_CONFIG", str(tmp_path))
    choices = Choices(Settings.load(tmp_path / "workspace"))
    assert [entry.name for entry in choices.sound_models("fal")] == ["mmaudio-v2", "mmaudio-text"]
    [checked] = choices.check("replicate", "musicgen")
    assert (checked.source, checked.state) == ("replicate:musicgen", "as listed")
    (tmp_path / "catalogue.toml").write_text(
        '[sound.fal.mmaudio-v2]\nref = "fal-ai/no-such"\n'
        "[sound.fal.mmaudio-text.inputs.num_steps]\nhigh = 40\n"
    )
    [gone] = choices.check("fal", "mmaudio-v2")
    assert gone.state == "not checked"
    [other] = choices.check("fal", "mmaudio-text")
    assert (other.state, other.differences) == (
        "differs", ("num_steps: maximum is 50 at the service, 40 here",),
    )  # fmt: skip
