"""How far a running workflow is, when it will be done, and what it does: `told`."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from songreel.generation.comfy.listen import Watch

_SAMPLED = 0.85
"""Share of a clip's time that is taken for its samplers; the rest goes by nodes. With models that
are loaded anew it is less, and a clip seems to begin slowly."""

_MOST = 0.95
"""What is left is the way to this machine."""


class Told(NamedTuple):
    """Where a running prompt stands."""

    progress: float
    eta: float | None
    """Seconds until its samplers are done, as far as their pace is known."""
    detail: str


def told(watch: Watch, nodes: Mapping[str, Any]) -> Told:
    """Where a prompt stands of which the socket has told.

    Args:
        watch: What it has told.
        nodes: The workflow, by id.
    """
    samplers = {node for node, content in nodes.items() if _samples(content)} or watch.stepped
    ready = len(samplers & watch.done - {watch.node})
    steps = watch.value / watch.most if watch.most > 1 and watch.node in samplers else 0.0
    share = (ready + steps) / len(samplers) if samplers else 0.0
    through = len(watch.done & nodes.keys()) / max(len(nodes), 1)
    progress = min(_SAMPLED * share + (_MOST - _SAMPLED) * through, _MOST)
    eta = None
    pace = watch.pace()
    if pace is not None and watch.node in samplers:
        further = len(samplers - watch.done - {watch.node})
        eta = pace * (watch.most - watch.value + further * watch.most)
    return Told(progress, eta, _detail(watch, nodes))


def _samples(content: object) -> bool:
    """Whether a node is a sampler: it takes a latent and says so by its class's name."""
    return (
        isinstance(content, Mapping)
        and "sampler" in str(content.get("class_type", "")).lower()
        and "latent_image" in content.get("inputs", {})
    )


def _detail(watch: Watch, nodes: Mapping[str, Any]) -> str:
    if not watch.node:
        return "runs"
    content = nodes.get(watch.node)
    kind = f" ({content['class_type']})" if isinstance(content, Mapping) else ""
    step = f", step {watch.value:.0f} of {watch.most:.0f}" if watch.most > 1 else ""
    return f"node {watch.node}{kind}{step}"
