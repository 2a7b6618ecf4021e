"""One denoiser's blocks over several devices, one after the other: `spread`."""

import weakref
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn


class Bringer:
    """Brings a module's inputs to its device; a tensor that many blocks take is copied once.

    A clip's rotary tables are hundreds of megabytes, and every block takes them.
    """

    def __init__(self) -> None:
        self._copies: dict[tuple[int, torch.device], tuple[weakref.ref[Tensor], int, Tensor]] = {}

    def bring(self, value: Any, device: torch.device) -> Any:
        """`value` with its tensors on `device`; containers are made anew where needed."""
        if isinstance(value, Tensor):
            return value if value.device == device else self._copied(value, device)
        if (isinstance(value, tuple) and type(value) is tuple) or isinstance(value, list):
            return type(value)(self.bring(each, device) for each in value)
        if type(value) is dict:
            return {name: self.bring(each, device) for name, each in value.items()}
        return value

    def _copied(self, tensor: Tensor, device: torch.device) -> Tensor:
        key = (id(tensor), device)
        version = 0 if tensor.is_inference() else tensor._version
        known = self._copies.get(key)
        if known is not None and known[0]() is tensor and known[1] == version:
            return known[2]
        copy = tensor.to(device)

        def forget(_: object) -> None:
            self._copies.pop(key, None)

        # The copy goes when the tensor does: hidden states live for one block.
        self._copies[key] = (weakref.ref(tensor, forget), version, copy)
        return copy


def spread(
    denoiser: nn.Module, lists: Iterable[str], devices: Sequence[str], counts: Sequence[int]
) -> list[Any]:
    """Deal the blocks of `denoiser` out to `devices`, in their order; the rest is on the first one.

    Args:
        denoiser: On the CPU.
        lists: Names of its module lists with blocks, in the order in which they are run.
        devices: As torch names them.
        counts: Blocks of each device, all of them together.

    Returns:
        Handles of the hooks, for undoing it.
    """
    homes = [torch.device(name) for name in devices]
    blocks = [block for name in lists for block in getattr(denoiser, name)]
    places = [home for home, count in zip(homes, counts, strict=True) for _ in range(count)]
    bringer, handles = Bringer(), []

    def follow(module: nn.Module, home: torch.device) -> None:
        handles.append(followed(module, home, bringer))

    for block, home in zip(blocks, places, strict=True):
        block.to(home)
        follow(block, home)
    own = set(map(id, blocks))
    for name, module in denoiser.named_children():
        if any(id(each) in own for each in module.children()):
            continue
        module.to(homes[0])
        follow(getattr(denoiser, name), homes[0])
    for tensor in (*denoiser.parameters(recurse=False), *denoiser.buffers(recurse=False)):
        tensor.data = tensor.data.to(homes[0])

    def back(_: nn.Module, args: Any, kwargs: Any, output: Any) -> Any:
        given = next((x for x in (*args, *kwargs.values()) if isinstance(x, Tensor)), None)
        return output if given is None else bringer.bring(output, given.device)

    handles.append(denoiser.register_forward_hook(back, with_kwargs=True))
    follow(denoiser, homes[0])
    return handles


def followed(module: nn.Module, home: torch.device, bringer: Bringer) -> Any:
    """Have inputs of `module`, which lies at `home`, brought there; returns the hook's handle."""
    return module.register_forward_pre_hook(
        lambda _, args, kwargs: (bringer.bring(args, home), bringer.bring(kwargs, home)),
        with_kwargs=True,
    )
