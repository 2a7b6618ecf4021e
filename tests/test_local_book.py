"""Local models as they are named, wished for and planned; no weights, no torch."""

import pytest

from songreel.generation.diffusion import machine
from songreel.generation.diffusion.book import book, lora_of
from songreel.generation.provider import Context
from songreel.generation.providers import diffusion
from songreel.generation.providers.diffusion import Diffusion
from songreel.local import Wishes, local_changes
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.local import LocalOptions, Lora
from songreel.planning import entry_of
from songreel.project import ProjectFile
from songreel.settings import Settings
from support.services import wanted

COMMIT = "0123456789abcdef0123456789abcdef01234567"
"""With a commit named, nothing is asked of the network."""

EMPTY = machine.Machine(memory_total=2**36, memory_free=2**36, notes=("no driver was found",))


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch):
    """The extra is there and a GPU is not, whatever this machine has."""
    monkeypatch.setattr(diffusion, "LIBRARIES", ())
    monkeypatch.setattr(diffusion, "look", lambda _cache=None: EMPTY)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("SONGREEL_CONFIG", str(tmp_path / "config"))
    return Settings.load(tmp_path / "workspace")


@pytest.fixture
def made(tmp_path):
    """A provider with wishes; it starts nothing."""
    providers = []

    def provider(model="tiny-mochi", models=None, **wishes):
        context = Context(
            scratch=tmp_path / "clips", cache=tmp_path / "cache", model=model, models=models,
            local=LocalOptions(**wishes),
        )  # fmt: skip
        providers.append(Diffusion(context))
        return providers[-1]

    yield provider
    for each in providers:
        each.close()


def own(tmp_path, text):
    path = tmp_path / "local.toml"
    path.write_text(text)
    return path


def planned(provider, **more):
    return provider.plan({"s00": wanted(**more)})["s00"].request


# The book


def test_local_alone_is_the_default_model():
    assert book().find().name == "mochi"


def test_a_wrong_name_is_answered_with_near_ones():
    with pytest.raises(InvalidInput, match="'tiny-moshi'; did you mean tiny-mochi"):
        book().find("tiny-moshi")


def test_every_recipe_can_be_planned():
    for model in book().models:
        entry = model.entry()
        assert entry.all_lengths[0].frames >= 1
        assert entry.needs("start") == model.recipe.needs_start


def test_a_model_of_ones_own_takes_over_what_it_is_like(tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "style.safetensors").write_bytes(b"")
    path = own(
        tmp_path,
        '[film]\nlike = "mochi"\nweights = "weights"\nsteps = 32\nguidance = 4.5\n'
        'loras = ["style.safetensors:0.8", {path = "owner/name", scale = 2}]\ndefault = true\n'
        'licence = "our own"\n[again]\nlike = "film"\nsteps = 8\n',
    )
    model = book(path).find()
    assert model.key == "local:film"
    assert model.recipe.family == "mochi"
    assert (model.steps, model.guidance) == (32, 4.5)
    assert model.wishes.weights == str(tmp_path / "weights")
    assert model.wishes.loras == (
        Lora(path=str(tmp_path / "style.safetensors"), scale=0.8),
        Lora(path="owner/name", scale=2),
    )
    assert model.recipe.licence == "our own"
    assert (book(path).find("again").steps, book(path).find("again").guidance) == (8, 4.5)


def test_a_revision_goes_with_the_models_own_weights(tmp_path):
    model = book(own(tmp_path, '[pinned]\nlike = "mochi"\nrevision = "abc123"\n')).find("pinned")
    assert model.wishes.weights == f"{model.recipe.hub}@abc123"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[film]\nlike = 'mohci'\n", r"model film: like = 'mohci' is no model.*mochi"),
        ("[film]\nlike = 'mochi'\nsteps = 0\n", r"model film, steps: .*greater than or equal to 1"),
        ("[film]\nlike = 'mochi'\ncolour = 1\n", r"model film, colour: "),
        ("film = 3\n", r"film must be a table \[film\]"),
        ("[film\n", "is not TOML"),
        ("[film]\nlike = 'mochi'\nloras = [3]\n", "a LoRA is written"),
    ],
)
def test_a_wrong_model_of_ones_own_is_named_with_its_field(tmp_path, text, reason):
    with pytest.raises(InvalidInput, match=reason):
        book(own(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "path", "scale"),
    [
        ("a.safetensors", "a.safetensors", 1.0),
        ("a.safetensors:0.5", "a.safetensors", 0.5),
        ("owner/name:-1", "owner/name", -1.0),
        (r"C:\a.safetensors", r"C:\a.safetensors", 1.0),
    ],
)
def test_a_lora_is_a_path_and_its_scale(text, path, scale):
    assert lora_of(text) == Lora(path=path, scale=scale)


def test_a_scale_alone_is_no_lora():
    with pytest.raises(InvalidInput, match="PATH"):
        lora_of(":0.5")


# What is planned


def test_a_clip_is_on_the_models_grid_and_in_the_films_shape(made):
    request = planned(made(), seconds=1.0)
    assert (request.frames - 1) % 6 == 0
    assert request.frames >= 30
    assert (request.width % 16, request.height) == (0, 64)
    tall = planned(made(), seconds=1.0, width=720, height=1280)
    assert tall.width < tall.height


def test_shots_of_a_take_share_a_clip(made):
    shots = {name: wanted(0.5, take="t1") for name in ("s00", "s01")}
    portions = made().plan(shots)
    assert len({each.request.fingerprint for each in portions.values()}) == 1
    assert portions["s01"].first >= portions["s00"].end * portions["s00"].rate


def test_what_decides_pictures_ages_clips_and_what_does_not_leaves_them(made, tmp_path):
    lora = tmp_path / "style.safetensors"
    lora.write_bytes(b"one")
    plain = planned(made()).fingerprint
    other = {
        "steps": planned(made(steps=3)).fingerprint,
        "guidance": planned(made(guidance=2.0)).fingerprint,
        "side": planned(made(side=96)).fingerprint,
        "lora": planned(made(loras=[{"path": str(lora)}])).fingerprint,
        "scale": planned(made(loras=[{"path": str(lora), "scale": 0.5}])).fingerprint,
        "approximate": planned(made(approximate=["first-block-cache"])).fingerprint,
        "storage": planned(made(placement="fp8")).fingerprint,
    }
    lora.write_bytes(b"two")
    other["content"] = planned(made(loras=[{"path": str(lora)}])).fingerprint
    assert len({plain, *other.values()}) == 1 + len(other)
    for wishes in ({"placement": "group-offload"}, {"devices": "cpu"}, {"compile": True}):
        assert planned(made(**wishes)).fingerprint == plain


def test_the_same_lora_elsewhere_is_the_same(made, tmp_path):
    for name in ("here.safetensors", "there.safetensors"):
        (tmp_path / name).write_bytes(b"one")
    one, other = (
        planned(made(loras=[{"path": str(tmp_path / name)}])).fingerprint
        for name in ("here.safetensors", "there.safetensors")
    )
    assert one == other


def test_the_makers_negative_prompt_stands_in_for_none(made):
    recipe = book().find("ltx").recipe
    assert recipe.negative
    maker = made("ltx", weights=f"{recipe.hub}@{COMMIT}")
    assert planned(maker).negative == recipe.negative
    assert planned(maker, negative="blur").negative == "blur"


def test_the_notes_name_what_a_clip_was_made_with(made, tmp_path):
    (tmp_path / "style.safetensors").write_bytes(b"one")
    maker = made(
        loras=[{"path": str(tmp_path / "style.safetensors"), "scale": 0.5}],
        approximate=["first-block-cache"], placement="fp8",
    )  # fmt: skip
    told = "; ".join(maker.notes(planned(maker)))
    for part in ("tiny-mochi", "2 steps", "seed 7", "LoRA style.safetensors × 0.5", "licence:",
                 "approximate: first-block-cache", "weights stored as fp8"):  # fmt: skip
        assert part in told
    (notice,) = maker.notices()
    assert "first-block-cache" in notice
    assert "fp8" in notice


def test_another_seed_is_the_alternative(made):
    maker = made()
    request = planned(maker)
    (other,) = maker.alternatives(request)
    assert other.seed != request.seed
    assert other.model_copy(update={"seed": request.seed}) == request


def test_a_shot_longer_than_any_clip_is_told(made):
    maker = made()
    maker.plan({"s00": wanted(9.0)})
    assert maker.notices() == (
        "local:tiny-mochi makes no clip as long as shot s00: the last picture is held for the rest",
    )


# What is refused


def test_without_the_extra_it_is_not_ready_and_says_how_to_have_it(monkeypatch, tmp_path):
    monkeypatch.setattr(diffusion, "LIBRARIES", ("torch", "no_such_library"))
    context = Context(scratch=tmp_path, model="mochi")
    standing = Diffusion.describe(context)
    assert not standing.ready
    assert "no_such_library: pip install 'songreel[local]'" in standing.reason
    with pytest.raises(InvalidInput, match="pip install 'songreel\\[local\\]'"):
        Diffusion(context)


def test_a_real_model_without_a_gpu_is_refused_with_what_it_needs(made):
    maker = made("mochi", weights=f"{book().find('mochi').recipe.hub}@{COMMIT}")
    with pytest.raises(MachineError) as refused:
        maker.submit(planned(maker))
    text = str(refused.value)
    assert "local:mochi wants a GPU" in text
    assert "no driver was found" in text
    assert "GB in the placement" in text
    assert "--devices cpu" in text


def test_a_clip_that_was_planned_otherwise_is_not_made(made):
    request = planned(made(steps=3))
    with pytest.raises(Exception, match="planned with other weights or options"):
        made().submit(request)


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"placement": "upside-down"}, "upside-down"),
        ({"approximate": ["guesswork"]}, "no approximation 'guesswork'; known are"),
        ({"loras": [{"path": "./none.safetensors"}]}, "there is no LoRA ./none.safetensors"),
        ({"weights": "./none"}, "there are no weights ./none"),
    ],
)
def test_wishes_that_cannot_be_are_refused_at_once(made, wishes, reason):
    with pytest.raises(InvalidInput, match=reason):
        made(**wishes)


# What a project keeps


def project(tmp_path, **fields):
    folder = tmp_path / "film"
    folder.mkdir()
    ProjectFile(title="a", song="song/a.wav", song_sha256="0" * 64, **fields).save(
        folder / "project.json"
    )
    return folder


def test_only_what_is_given_is_changed(tmp_path, settings):
    before = LocalOptions(steps=3, placement="tiled")
    folder = project(tmp_path, visuals="local:tiny-mochi", local=before)
    changes = local_changes(folder, Wishes(guidance=2.0), settings, None)
    assert changes == {"local": before.model_copy(update={"guidance": 2.0})}
    assert local_changes(folder, Wishes(), settings, None) == {}
    released = local_changes(folder, Wishes(as_released=True), settings, None)
    assert released == {"local": LocalOptions(placement="tiled")}


def test_options_of_a_film_without_local_models_are_refused(tmp_path, settings):
    folder = project(tmp_path)
    with pytest.raises(InvalidInput, match="no clip of this film is to come from one"):
        local_changes(folder, Wishes(steps=3), settings, None)
    with pytest.raises(InvalidInput, match="no clip of this film is to come from one"):
        local_changes(tmp_path / "none yet", Wishes(steps=3), settings, None)
    assert local_changes(folder, Wishes(steps=3), settings, "local:tiny-mochi")
    assert local_changes(folder, Wishes(steps=3), settings, None, "local:tiny-mochi")


def test_paths_are_kept_whole_wherever_the_command_is_run(tmp_path, settings, monkeypatch):
    (tmp_path / "style.safetensors").write_bytes(b"")
    folder = project(tmp_path, visuals="local:tiny-mochi")
    monkeypatch.chdir(tmp_path)
    kept = local_changes(folder, Wishes(loras=("style.safetensors:0.5",)), settings, None)["local"]
    assert kept.loras == (Lora(path=str(tmp_path / "style.safetensors"), scale=0.5),)


def test_a_film_of_a_local_model_is_planned_in_its_words_and_lengths(settings):
    entry = entry_of("local:tiny-mochi", settings)
    assert entry.dialect == "mochi"
    assert entry.grid.high == 163
    with pytest.raises(InvalidInput, match="did you mean tiny-mochi"):
        entry_of("local:tiny-moch", settings)
