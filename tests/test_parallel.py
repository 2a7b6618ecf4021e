"""One clip on several devices, exact: two processors in threads, two ranks of gloo processes."""

import json
import os
import re
import signal
import subprocess
import time
from fractions import Fraction
from pathlib import Path

import pytest

from songreel.generation.diffusion.book import book
from songreel.generation.diffusion.crew import Crew
from songreel.generation.diffusion.parallel import ranks
from songreel.generation.diffusion.parallel.refuse import context_ranks, refusal
from songreel.generation.diffusion.wire import Load, Make
from songreel.models.errors import InvalidInput, MachineError
from support.needs import needs

torch = needs("torch")
needs("diffusers")

from diffusers import WanTransformer3DModel  # noqa: E402

from songreel.generation.diffusion import exact, parallel  # noqa: E402
from songreel.generation.diffusion.family import Ask, Weights  # noqa: E402
from songreel.generation.diffusion.parallel.exchange import Exchange  # noqa: E402
from songreel.generation.diffusion.parallel.guidance import Pair, copied  # noqa: E402
from songreel.generation.diffusion.placement import Placement  # noqa: E402
from songreel.generation.shelf import measure  # noqa: E402

TESTS = Path(__file__).parent
GUIDANCE = Placement(name="guidance", devices=("cpu", "cpu"), split="guidance")
NAMES = ("tiny-mochi", "tiny-ltx", "tiny-hunyuan", "tiny-wan")
FROM_IMAGES = ("tiny-wan-i2v", "tiny-wan-5b")


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Folder with the tiny models, by name."""
    folder = tmp_path_factory.mktemp("tiny")
    for name in NAMES + FROM_IMAGES:
        book().find(name).family().build_tiny(folder / name)
    return folder


def loaded(models, name):
    family = book().find(name).family()
    pipe = family.load(Weights(models / name), "released")
    pipe.set_progress_bar_config(disable=True)
    exact.speed_up(pipe, family)
    for denoiser in family.denoisers(pipe):
        for weights in denoiser.parameters():
            # Read from a mapped file they lie at any address, and MKL sums by alignment.
            weights.data = weights.data.clone()
    return pipe, family


def latents(pipe, family, *, seed=7, steps=4, guidance=4.0, step=lambda *_: None):
    grid = family.recipe.grid
    ask = Ask(
        "a fox", "blurry", 64, 64, grid.low + grid.step, Fraction(16), steps, guidance, seed=seed
    )
    with torch.inference_mode():
        return family.denoise(pipe, family.encode(pipe, ask), ask, step)


# --- guidance -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "off"),
    [
        ("tiny-mochi", 0.0),
        ("tiny-wan", 0.0),
        # One batch of two becomes two of one: float32 sums in another order.
        ("tiny-ltx", 1e-5),
    ],
)
def test_two_devices_share_the_passes_of_guidance(models, name, off):
    pipe, family = loaded(models, name)
    alone = [latents(pipe, family, seed=seed) for seed in (7, 8)]
    parallel.split(pipe, family, GUIDANCE)
    asked = []
    pipe.transformer.second.register_forward_pre_hook(lambda *_: asked.append(1))
    together = [latents(pipe, family, seed=seed) for seed in (7, 8)]
    for one, other in zip(alone, together, strict=True):
        assert (one - other).abs().max() <= off * one.abs().max()
    # Wan asks in turn: the first step of a clip learns what comes second.
    assert len(asked) == (6 if name == "tiny-wan" else 8)


@pytest.mark.gpu
@pytest.mark.parametrize("name", ["tiny-mochi", "tiny-wan"])
def test_two_gpus_share_the_passes_of_guidance(models, name):
    """On one GPU both halves lie there: streams, threads and copies are those of two."""
    devices = ("cuda:0", f"cuda:{torch.cuda.device_count() - 1}")
    pipe, family = loaded(models, name)
    pipe.to(devices[0])
    alone = latents(pipe, family)
    parallel.split(pipe, family, GUIDANCE.model_copy(update={"devices": devices}))
    together = latents(pipe, family)
    assert {each.device for each in pipe.transformer.second.parameters()} == {
        torch.device(devices[1])
    }
    assert torch.equal(alone, together)


def test_passes_that_come_in_turn_and_are_not_a_pair_are_not_mistaken_for_one(models):
    pipe, family = loaded(models, "tiny-wan")
    alone = [latents(pipe, family, guidance=g) for g in (4.0, 1.0, 4.0)]
    parallel.split(pipe, family, GUIDANCE)
    together = [latents(pipe, family, guidance=g) for g in (4.0, 1.0, 4.0)]
    for one, other in zip(alone, together, strict=True):
        assert torch.equal(one, other)


def test_a_clip_stopped_between_passes_leaves_nothing_for_the_next(models):
    pipe, family = loaded(models, "tiny-wan")
    alone = latents(pipe, family)
    parallel.split(pipe, family, GUIDANCE)

    def stop(done, _):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        latents(pipe, family, seed=9, step=stop)
    assert torch.equal(latents(pipe, family), alone)


def test_the_second_device_works_in_the_modes_of_the_first(models):
    pipe, family = loaded(models, "tiny-mochi")
    with torch.autocast("cpu", torch.bfloat16):
        alone = latents(pipe, family)
    parallel.split(pipe, family, GUIDANCE)
    with torch.autocast("cpu", torch.bfloat16):
        together = latents(pipe, family)
    assert torch.equal(alone, together)
    assert not torch.equal(alone, latents(pipe, family))


def test_a_failing_pass_is_told_and_the_pair_works_on(models):
    pipe, family = loaded(models, "tiny-mochi")
    alone = latents(pipe, family)
    parallel.split(pipe, family, GUIDANCE)

    def trouble(*_):
        raise torch.OutOfMemoryError("on the second device")

    hook = pipe.transformer.second.register_forward_pre_hook(trouble)
    with pytest.raises(torch.OutOfMemoryError, match="on the second device"):
        latents(pipe, family)
    hook.remove()
    assert torch.equal(latents(pipe, family), alone)


def test_loras_and_weights_in_fp8_are_copied(models):
    from peft import LoraConfig

    from songreel.generation.diffusion import placing

    pipe, family = loaded(models, "tiny-mochi")
    bare = latents(pipe, family)
    torch.manual_seed(0)
    pipe.transformer.add_adapter(
        LoraConfig(r=2, init_lora_weights=False, target_modules=["to_q", "to_v"])
    )
    alone = latents(pipe, family)
    assert not torch.equal(bare, alone)
    parallel.split(pipe, family, GUIDANCE)
    assert torch.equal(latents(pipe, family), alone)

    pipe, family = loaded(models, "tiny-mochi")
    fp8 = GUIDANCE.model_copy(update={"storage": "fp8"})
    placing.place(pipe, family, fp8)
    alone = latents(pipe, family)
    parallel.split(pipe, family, fp8)
    assert torch.equal(latents(pipe, family), alone)
    own = {id(each) for each in pipe.transformer.first.parameters()}
    stored = list(pipe.transformer.second.parameters())
    assert not own & {id(each) for each in stored}
    assert torch.float8_e4m3fn in {each.dtype for each in stored}


def test_a_pair_is_compiled_in_both_halves(models):
    from songreel.generation.diffusion.compiled import compile_denoisers

    pipe, family = loaded(models, "tiny-mochi")
    alone = latents(pipe, family)
    parallel.split(pipe, family, GUIDANCE)
    assert parallel.parts(pipe.transformer) == [pipe.transformer.first, pipe.transformer.second]
    done = compile_denoisers(pipe, family, GUIDANCE, wanted=True, backend="eager")
    assert done.regions == 4
    assert torch.equal(latents(pipe, family), alone)


@pytest.mark.parametrize("split", ["guidance", "context"])
def test_what_is_offloaded_or_cached_is_not_shared(models, split):
    from songreel.generation.diffusion import approximate

    shared = GUIDANCE.model_copy(update={"split": split})
    pipe, family = loaded(models, "tiny-wan")
    pipe.transformer.enable_group_offload(
        onload_device=torch.device("cpu"), offload_type="block_level", num_blocks_per_group=1
    )
    with pytest.raises(InvalidInput, match=r"offloaded or steps are cached \(.*offload.* at"):
        parallel.split(pipe, family, shared)
    for name in set(approximate.KNOWN) - {"fp8"}:
        pipe, family = loaded(models, "tiny-wan")
        approximate.apply(pipe, family, [name])
        with pytest.raises(InvalidInput, match="steps are cached"):
            parallel.split(pipe, family, shared)
        reason = refusal(family.recipe, split, 2, approximate=[name])
        assert f"{name} keeps what it saw from step to step" in reason


def test_a_copy_lies_where_it_was_asked_for_and_doubles_nothing_before():
    with torch.device("meta"):
        denoiser = WanTransformer3DModel(num_layers=1, num_attention_heads=2, ffn_dim=32)
    denoiser.to_empty(device="cpu")
    twin = copied(denoiser, "meta")
    assert {each.device.type for each in twin.parameters()} == {"meta"}
    assert {each.device.type for each in denoiser.parameters()} == {"cpu"}
    assert isinstance(twin, WanTransformer3DModel)


def test_a_pair_passes_for_its_denoiser(models):
    pipe, family = loaded(models, "tiny-wan")
    own = pipe.transformer
    parallel.split(pipe, family, GUIDANCE)
    assert isinstance(pipe.transformer, Pair)
    assert pipe.transformer.config is own.config
    assert pipe.transformer.dtype == own.dtype
    assert family.blocks(pipe.transformer) == ["blocks"]


@pytest.mark.parametrize("name", NAMES)
def test_loras_go_with_layers_that_are_dealt_out(models, name):
    from peft import LoraConfig

    from songreel.generation.diffusion import placing

    pipe, family = loaded(models, name)
    bare = latents(pipe, family)
    torch.manual_seed(0)
    pipe.transformer.add_adapter(
        LoraConfig(r=2, init_lora_weights=False, target_modules=["to_q", "to_v"])
    )
    alone = latents(pipe, family)
    assert not torch.equal(bare, alone)
    # Both devices are the processor: what is checked is that hooks hand everything on.
    placing.place(pipe, family, GUIDANCE.model_copy(update={"split": "layers"}))
    assert torch.equal(latents(pipe, family), alone)


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "split", "devices", "storage", "sentence"),
    [
        ("hunyuan", "guidance", 2, "released", "one pass a step.*one clip on each device instead"),
        ("mochi", "guidance", 3, "released", "guidance is 2 passes: 3 devices"),
        ("mochi", "guidance", 2, "nf4", "stored as nf4 cannot be copied.*use fp8"),
        ("mochi", "context", 5, "released", "24 attention heads, which 5 .* use 4 devices a clip"),
        ("wan-1.3b", "context", 7, "released", "12 attention heads, .* use 6 devices a clip"),
        ("svd", "context", 2, "released", "cannot split its context; use .* instead"),
        ("mochi", "context", 1, "released", "at least 2 devices, here is 1"),
        ("mochi", "none", 2, "released", "2 devices need a way"),
    ],
)
def test_what_cannot_be_split_so_is_refused_with_the_next_best(
    name, split, devices, storage, sentence
):
    recipe = book().find(name).recipe
    reason = refusal(recipe, split, devices, storage)
    assert reason is not None
    assert re.search(sentence, reason), reason


def test_all_that_can_share_a_context_do():
    mochi, hunyuan = (book().find(name).recipe for name in ("mochi", "hunyuan"))
    # 24 heads, for each pass of guidance where the ranks are even in number.
    assert [context_ranks(mochi, n) for n in (2, 3, 5, 7, 8, 16)] == [2, 3, 4, 6, 8, 16]
    assert [context_ranks(hunyuan, n) for n in (2, 3, 5, 7, 8, 16)] == [2, 3, 4, 6, 8, 12]
    for name in ("mochi", "ltx", "hunyuan", "wan"):
        assert refusal(book().find(name).recipe, "context", 2) is None


def test_context_needs_ranks(models):
    pipe, family = loaded(models, "tiny-wan")
    with pytest.raises(MachineError, match="nobody started them"):
        parallel.split(pipe, family, GUIDANCE.model_copy(update={"split": "context"}))


# --- ranks --------------------------------------------------------------------------------------


def test_shares_are_as_even_as_can_be():
    exchange = Exchange.__new__(Exchange)
    exchange.size = 4
    for tokens in (8, 9, 45, 3):
        exchange.tokens = tokens
        parts = torch.arange(tokens).tensor_split(4)
        assert exchange.shares() == [len(part) for part in parts]


def told_by(count, models, out, ways):
    """What ranks tell of clips that they made alone and together."""
    found = subprocess.run(
        ranks.command(count, "support.ranked", [str(models), str(out), ways]),
        env={**os.environ, **ranks.environment(["cpu"] * count), "PYTHONPATH": str(TESTS)},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert out.exists(), found.stderr[-3000:]
    told = json.loads(out.read_text())
    assert told.pop("talk") == {"any": [True, False], "shared": {"from": 0}}
    for name, each in told.items():
        # So few rows of a product are summed in another order than twice as many, in float32.
        few = "ltx" in name or "wan-5b" in name
        assert each["off"] <= (1e-5 if few else 0.0), (name, each)
        assert each["largest"] > 1
        assert each["lora"] > 0.1, "the LoRA was to change the picture"
    return told


def test_two_processes_make_the_picture_of_one(models, tmp_path):
    """With LoRAs; tokens shared evenly and not, and the passes of guidance."""
    told = told_by(2, models, tmp_path / "told.json", "tokens,halves")
    ways = {tuple(name.split()[:2]) for name in told}
    assert ways == {("tokens", name) for name in NAMES} | {
        ("halves", name) for name in NAMES if name != "tiny-hunyuan"
    }


@pytest.mark.slow
def test_two_processes_begin_with_an_image(models, tmp_path):
    """LTX and Wan 2.2 5B time each token by itself there."""
    told = told_by(2, models, tmp_path / "told.json", "tokens-images,halves-images")
    assert len(told) == 6


@pytest.mark.slow
def test_four_processes_share_passes_and_tokens(models, tmp_path):
    assert len(told_by(4, models, tmp_path / "told.json", "halves")) == 5


@pytest.fixture
def crew(tmp_path):
    """Gives a crew whose one worker is two ranks."""
    made = []

    def hire(slow=0.0):
        load = Load(
            model=book().find("tiny-wan"), devices=(), width=64, height=64, frames=17,
            cache=tmp_path / "cache",
        )  # fmt: skip

        def started(post):
            added = {
                "PYTHONPATH": str(TESTS), "SLOW_STEP": str(slow), "SONGREEL_TEST": str(os.getpid())
            }  # fmt: skip
            return ranks.command(2, "support.ranked_worker"), added | ranks.environment(post)

        made.append(Crew(load, [("cpu", "cpu")], started))
        return made[-1]

    yield hire
    for hired in made:
        hired.close()


def order(folder, seed, steps=2):
    return Make(
        id=str(seed), path=folder / f"{seed}.mp4", prompt="a fox", width=64, height=64, frames=17,
        fps=Fraction(16), steps=steps, guidance=4.0, seed=seed,
    )  # fmt: skip


def until(crew, make, what, within=120.0):
    end = time.monotonic() + within
    while not what(task := crew.task(make.id)):
        assert time.monotonic() < end, task
        time.sleep(0.05)
    return task


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="finds processes under /proc")
def test_ranks_make_clips_stop_together_and_are_replaced_when_one_dies(crew, tmp_path):
    hired = crew(slow=0.3)
    first = order(tmp_path, 1)
    hired.submit(first)
    task = until(hired, first, lambda task: task.status != "waiting")
    assert task.status == "done", task.text
    assert measure(first.path).frames == 17
    assert task.effort.placement == "context"

    second = order(tmp_path, 2, steps=100)
    hired.submit(second)
    until(hired, second, lambda task: task.text.startswith("step 3"))
    hired.cancel(second.id)
    task = until(hired, second, lambda task: task.status != "waiting", within=100)
    assert task.text == "cancelled"

    third = order(tmp_path, 3, steps=20)
    hired.submit(third)
    until(hired, third, lambda task: task.text.startswith("step 3"))
    workers = ranks_of(os.getpid())
    os.kill(workers[1], signal.SIGKILL)
    task = until(hired, third, lambda task: task.text == "made again" or task.notices)
    assert "rank 1: ended by signal 9" in task.notices[0]
    hired.close()
    end = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in workers.values()):
        assert time.monotonic() < end
        time.sleep(0.05)


def ranks_of(root: int) -> dict[int, int]:
    """Process ids of the ranks below the process `root`, by rank."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "environ").read_bytes()
            ours = f"SONGREEL_TEST={root}".encode() in text
            rank = [each for each in text.split(b"\0") if each.startswith(b"RANK=")]
        except OSError:
            continue
        if ours and rank:
            found[int(rank[0][5:])] = int(folder.name)
    return found
