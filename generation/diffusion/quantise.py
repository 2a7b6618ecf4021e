"""How a denoiser's weights are kept smaller when it is loaded: `config`."""

from typing import Any

from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.placement import Storage
from songreel.models.errors import MachineError


def config(storage: Storage, family: Family) -> Any:
    """The quantisation to give to `from_pretrained` of the pipeline; None where there is none.

    `int8` is torchao's weight-only int8, `nf4` bitsandbytes' 4-bit NormalFloat; `fp8` is cast when
    the model is placed, and `gguf` is a file of its own.

    Raises:
        MachineError: The library is not installed.
    """
    if storage not in ("int8", "nf4"):
        return None
    from diffusers.quantizers import PipelineQuantizationConfig

    names = [part.name for part in family.recipe.denoisers]
    if storage == "int8":
        try:
            from diffusers import TorchAoConfig
            from torchao.quantization import Int8WeightOnlyConfig
        except ImportError as error:
            raise MachineError("int8 needs torchao: pip install 'songreel[quantised]'") from error
        kept = TorchAoConfig(Int8WeightOnlyConfig())
    else:
        try:
            import bitsandbytes  # noqa: F401
            import torch
            from diffusers import BitsAndBytesConfig
        except ImportError as error:
            raise MachineError(
                "nf4 needs bitsandbytes: pip install 'songreel[quantised]'"
            ) from error
        kept = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
        )
    return PipelineQuantizationConfig(quant_mapping=dict.fromkeys(names, kept))
