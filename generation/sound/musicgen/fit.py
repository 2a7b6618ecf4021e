"""What a MusicGen needs of a machine, and where it goes: `need`, `place`, `choose`."""

from songreel.generation.diffusion.machine import Machine
from songreel.generation.diffusion.recipe import Dtype
from songreel.generation.sound.musicgen.book import Model
from songreel.generation.sound.musicgen.recipe import HOP, RATE, WINDOW, Recipe
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput, MachineError

MIB, GIB = 2**20, 2**30

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}

_DECODING = 45 * MIB
"""Bytes a second of sound while the codec decodes: 42 MB measured (peak of the process at the
published codec's size, 15 s beside 5 s, torch 2.13 on the CPU)."""

_PROCESS = int(1.0 * GIB)
"""Of memory that a worker takes beside the model: Python with torch and transformers takes 0.75,
0.9 with the libraries of CUDA."""

_CONTEXT = 700 * MIB
"""Of a CUDA process before its first tensor, as for video models (`diffusion.need`)."""


_OURS = 0.95
"""Of a GPU's memory that is free where nothing but a desktop runs on it."""


class Post(Frozen):
    """Where a model goes."""

    device: str
    dtype: Dtype
    """Of the network that writes; the codec and the reader of words are always float32, as the
    makers run them."""
    need: int
    """Bytes."""


def need(recipe: Recipe, dtype: Dtype, device: str) -> int:
    """Bytes that the longest piece takes on `device`; rather too many."""
    size = _BYTES[dtype]
    weights = recipe.parameters * size + recipe.others * 4
    frames = WINDOW * RATE / HOP
    # Keys and values of each layer and token, with and without the words.
    kept = int(2 * 2 * recipe.layers * frames * recipe.width * size)
    work = int(_DECODING * WINDOW) if not recipe.tiny else 8 * MIB
    return int(1.03 * (weights + max(kept, work))) + (_PROCESS if device == "cpu" else _CONTEXT)


def place(model: Model, machine: Machine, devices: str = "") -> Post:
    """The device that `model` goes to: a GPU with room for it, else the processor.

    Args:
        model: Which.
        machine: As it is now.
        devices: As the user wishes (`cuda:1`, `cpu`); the first of several counts, as one piece
            of music goes on from another. Empty: any.

    Raises:
        InvalidInput: There is no such device.
        MachineError: There is no room; the text names the need and smaller models.
    """
    recipe = model.recipe
    wish = devices.split(",")[0].strip()
    if wish and wish != "cpu" and machine.gpu(wish) is None:
        there = ", ".join(gpu.device for gpu in machine.gpus) or "none"
        raise InvalidInput(f"there is no device {wish!r} here (GPUs: {there}); cpu is always there")
    tried = []
    gpus = () if wish == "cpu" else tuple(
        gpu for gpu in machine.gpus if not wish or gpu is machine.gpu(wish)
    )  # fmt: skip
    for gpu in gpus:
        dtype: Dtype = "float32" if gpu.backend == "mps" else (
            "bfloat16" if gpu.bf16 else "float16"
        )  # fmt: skip
        wanted = need(recipe, dtype, gpu.device)
        if wanted <= gpu.free:
            return Post(device=gpu.device, dtype=dtype, need=wanted)
        tried.append(f"{wanted / 1e9:.1f} GB of {gpu.device}, where {gpu.free / 1e9:.1f} are free")
    if not wish or wish == "cpu":
        wanted = need(recipe, "float32", "cpu")
        if wanted <= machine.memory_free:
            return Post(device="cpu", dtype="float32", need=wanted)
        tried.append(f"{wanted / 1e9:.1f} GB of memory, where {machine.memory_free / 1e9:.1f} are")
    raise MachineError(
        f"{model.key} needs {' or '.join(tried)}; close what takes it, or choose a smaller one: "
        "local:musicgen-stereo-small needs the least"
    )


def choose(models: dict[str, Model], machine: Machine, devices: str = "") -> Model:
    """The best model that fits this machine; without a GPU, the small one.

    What a GPU holds in all counts, not what is free just now: a score that is gone on with another
    day is made by the same model.

    Large ones fit into many machines' memory, but every token reads all weights once: 13 GB of
    them, fifty times for each second of music.
    """
    published = [each for each in models.values() if each.recipe.quality and each.recipe.hub]
    ladder = sorted(published, key=lambda each: -each.recipe.quality)
    small = next(each for each in ladder if each.recipe.name == "musicgen-stereo-small")
    gpus = tuple(gpu.model_copy(update={"free": int(gpu.total * _OURS)}) for gpu in machine.gpus)
    empty = machine.model_copy(update={"gpus": gpus})
    for model in ladder:
        try:
            post = place(model, empty, devices)
        except (InvalidInput, MachineError):
            continue
        if post.device != "cpu":
            return model
    return small
