"""What a machine has for models: looked at, imagined, told by `doctor`. No torch."""

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import SimpleNamespace

import pytest

from songreel import doctor_local
from songreel.generation.diffusion import machine as looking
from songreel.generation.diffusion.cards import imagined
from songreel.generation.diffusion.machine import Gpu, Machine, look, read_smi
from songreel.models.errors import InvalidInput

GIB = 2**30

SMI = """\
0, NVIDIA GeForce RTX 4090, 24564, 23028, 8.9, GPU-aaaa1111, 560.35.03
1, Tesla P40, 24576, 24000, 6.1, GPU-bbbb2222, 560.35.03
"""


def test_what_nvidias_command_prints_is_read():
    gpus, driver, _ = read_smi(SMI)
    assert driver == "560.35.03"
    assert [gpu.device for gpu in gpus] == ["cuda:0", "cuda:1"]
    assert gpus[0].total == 24564 * 2**20
    assert gpus[0].free == 23028 * 2**20
    assert [gpu.bf16 for gpu in gpus] == [True, False]
    assert [gpu.fp8 for gpu in gpus] == [True, False]


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("1", ["Tesla P40"]), ("1,0", ["Tesla P40", "NVIDIA GeForce RTX 4090"]), ("", []),
        ("-1", []), ("GPU-bbbb", ["Tesla P40"]), ("0,7,1", ["NVIDIA GeForce RTX 4090"]),
    ],
)  # fmt: skip
def test_cards_are_hidden_and_numbered_as_cuda_does(value, names, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    monkeypatch.setattr(looking, "_nvml", lambda: None)
    monkeypatch.setattr(looking, "_nvidia_smi", lambda: read_smi(SMI))
    monkeypatch.setattr(looking.sys, "platform", "linux")
    found = look()
    assert [gpu.name for gpu in found.gpus] == names
    assert [gpu.device for gpu in found.gpus] == [f"cuda:{i}" for i in range(len(names))]
    if len(names) < 2:
        assert f"CUDA_VISIBLE_DEVICES={value} hides {2 - len(names)} of 2 GPUs" in found.notes[0]


def test_nvml_is_asked_first_and_knows_links(monkeypatch):
    class Broken(Exception):
        pass

    def remote(handle, link):
        if link:
            raise Broken
        return SimpleNamespace(busId=f"bus{1 - handle}")

    nvml = SimpleNamespace(
        NVMLError=Broken, nvmlInit=lambda: None, nvmlShutdown=lambda: None,
        nvmlDeviceGetCount=lambda: 2, nvmlDeviceGetHandleByIndex=lambda i: i,
        nvmlDeviceGetPciInfo=lambda h: SimpleNamespace(busId=f"bus{h}"),
        nvmlDeviceGetMemoryInfo=lambda _: SimpleNamespace(total=80 * GIB, free=79 * GIB),
        nvmlDeviceGetName=lambda _: b"NVIDIA H100", nvmlDeviceGetUUID=lambda h: f"GPU-{h}",
        nvmlDeviceGetCudaComputeCapability=lambda _: (9, 0),
        nvmlDeviceGetNvLinkState=lambda _h, _l: 1, nvmlDeviceGetNvLinkRemotePciInfo=remote,
        nvmlSystemGetCudaDriverVersion=lambda: 12080,
        nvmlSystemGetDriverVersion=lambda: "570.1",
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(looking.sys, "platform", "linux")
    found = look(Path.cwd())
    assert (found.driver, found.cuda) == ("570.1", "12.8")
    assert [gpu.links for gpu in found.gpus] == [("cuda:1",), ("cuda:0",)]
    assert found.gpus[0].name == "NVIDIA H100"
    assert found.disk_free > 0


def test_a_containers_limit_is_the_machines_memory(tmp_path):
    for name, text in (
        ("memory.max", f"{8 * GIB}\n"), ("memory.current", f"{3 * GIB}\n"),
        ("memory.stat", f"anon 5\ninactive_file {GIB}\n"),
    ):  # fmt: skip
        (tmp_path / name).write_text(text)
    assert list(looking._limits(tmp_path)) == [(8 * GIB, 2 * GIB)]
    (tmp_path / "memory.max").write_text("max\n")
    assert list(looking._limits(tmp_path)) == []


def test_cards_of_amd_are_seen_by_their_drivers_files(tmp_path):
    for card, total, name in (("card0", 48 * GIB, "Radeon PRO W7900"), ("card1", GIB, "")):
        folder = tmp_path / card / "device"
        folder.mkdir(parents=True)
        (folder / "mem_info_vram_total").write_text(f"{total}\n")
        (folder / "mem_info_vram_used").write_text(f"{GIB}\n")
        (folder / "product_name").write_text(f"{name}\n")
    (found,) = looking._amd(tmp_path)
    assert (found.device, found.backend, found.name) == ("cuda:0", "rocm", "Radeon PRO W7900")
    assert found.free == 47 * GIB


def test_machines_are_imagined_by_size_and_by_name():
    two = imagined("2x24GB, ram=96GB")
    assert [gpu.total for gpu in two.gpus] == [24 * GIB] * 2
    assert two.memory_total == 96 * GIB
    assert imagined("RTX 4090").gpus[0].capability == (8, 9)
    assert imagined("nvidia geforce rtx 4090").gpus[0].name == "RTX 4090"
    assert [gpu.name for gpu in imagined("2 x h100,A100-80").gpus] == ["H100", "H100", "A100-80"]
    assert imagined("ram=32GB").gpus == ()
    assert imagined("7.5gb").gpus[0].total == int(7.5 * GIB)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("4O90", "no card is known as '4O90'"), ("409", "did you mean RTX 4090"),
        ("99999x24GB", "more than the 128 GPUs"),
        (",", "names nothing"), ("ram=lots", "'ram=lots' is no size"), ("0GB", "is no size"),
    ],
)  # fmt: skip
def test_a_machine_that_is_not_understood_is_one_sentence(text, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        imagined(text)


# Doctor -------------------------------------------------------------------------------------------

CARD = Gpu(device="cuda:0", name="RTX 4090", total=24 * GIB, free=23 * GIB, capability=(8, 9))


def torch_of(version, folder, monkeypatch):
    """A torch whose `version.py` says so."""
    (folder / "version.py").write_text(version)
    spec = ModuleSpec("torch", None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    monkeypatch.setattr(doctor_local, "find_spec", lambda _name: spec)


def seen(monkeypatch, **machine):
    found = Machine(memory_total=64 * GIB, memory_free=60 * GIB, **machine)
    monkeypatch.setattr(looking, "look", lambda: found)


CUDA_12 = """\
__version__ = '2.9.0+cu128'
debug = False
cuda: Optional[str] = '12.8'
hip: Optional[str] = None
"""
PLAIN = CUDA_12.replace("'12.8'", "None").replace("cu128", "cpu")


@pytest.mark.parametrize(
    ("version", "machine", "ok", "told"),
    [
        (
            CUDA_12,
            {"gpus": (CARD,), "cuda": "12.8"},
            True,
            "torch 2.9.0+cu128, built for CUDA 12.8",
        ),
        (CUDA_12, {"gpus": (CARD,), "cuda": "11.8"}, False, "the driver knows up to 11.8: update"),
        (PLAIN, {"gpus": (CARD,)}, False, "the processor alone: it cannot use the CUDA GPU here"),
        (PLAIN, {}, True, "torch 2.9.0+cpu, built for the processor alone"),
    ],
)
def test_doctor_says_whether_torch_goes_with_the_gpus(
    version, machine, ok, told, tmp_path, monkeypatch
):
    torch_of(version, tmp_path, monkeypatch)
    seen(monkeypatch, **machine)
    found = doctor_local.torch_fits()
    assert found[0] is ok
    assert told in found[1]


def test_doctor_says_how_torch_is_had(monkeypatch):
    monkeypatch.setattr(doctor_local, "find_spec", lambda _name: None)
    assert doctor_local.torch_fits() == (
        False, "not installed (local models): pip install 'songreel[local]'"
    )  # fmt: skip


def test_doctor_tells_cards_and_their_memory(monkeypatch):
    seen(monkeypatch, gpus=(CARD,), driver="570.1", cuda="12.8")
    ok, told = doctor_local.gpus()
    assert ok
    assert told == "cuda:0 RTX 4090, 23.0 of 24.0 GiB free; driver 570.1, CUDA 12.8"
    seen(monkeypatch, notes=("no driver",))
    assert doctor_local.gpus() == (
        False, "none: no driver; built-in visuals and hosted models need none"
    )  # fmt: skip
