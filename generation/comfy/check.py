"""Whether a server has all that a workflow needs, before anything is asked of it: `check`."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from songreel.generation.comfy.config import Setup
from songreel.generation.comfy.server import Server
from songreel.generation.comfy.trouble import missing_choice, missing_node
from songreel.generation.comfy.workflow import Workflow, is_link
from songreel.models.errors import ProviderError


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    """The server, or the files of the workflows."""
    fault: str
    """What is wrong with it; empty if nothing."""


def check(setup: Setup, server: Server | None = None) -> tuple[Finding, ...]:
    """Ask the server for every class of nodes and every file that the workflows name.

    Args:
        setup: The workflow with those for images.
        server: In place of the one that it names.
    """
    asked = server or Server(setup.url, header=setup.header, key=setup.key)
    try:
        return tuple(_looked_at(setup, asked))
    except ProviderError as error:
        return (Finding(setup.url, str(error)),)
    finally:
        if server is None:
            asked.close()


def _looked_at(setup: Setup, server: Server) -> Iterator[Finding]:
    found = server.stats()
    version = found["system"].get("comfyui_version") or "of unknown version"
    devices = [
        f"{each.get('name')}, {int(each.get('vram_total') or 0) / 2**30:.0f} GiB"
        for each in found.get("devices") or ()
        if isinstance(each, Mapping)
    ]
    yield Finding(f"{setup.url}: ComfyUI {version} on {'; '.join(devices) or 'no device'}", "")
    known: dict[str, Any] = {}
    faults: dict[str, list[str]] = {}
    for workflow in setup.workflows.values():
        name = workflow.path.name
        own = list(_faults(workflow, server, known))
        for fault in own:
            faults.setdefault(fault, []).append(name)
        if not own:
            yield Finding(f"{name}: {len(workflow.nodes)} nodes", "")
    for fault, those in faults.items():
        yield Finding(", ".join(those), fault)


def _faults(workflow: Workflow, server: Server, known: dict[str, Any]) -> Iterator[str]:
    for node, content in workflow.nodes.items():
        kind = content["class_type"]
        if kind not in known:
            known[kind] = server.node_info(kind).get(kind)
        info = known[kind]
        if not isinstance(info, Mapping):
            yield missing_node(kind, node)
            continue
        takes = info.get("input")
        takes = takes if isinstance(takes, Mapping) else {}
        inputs = content["inputs"]
        for key, _ in _specs(takes.get("required")):
            if key not in inputs:
                yield f"node {node} ({kind}) has no {key}, which the server's version of it needs"
        for group in ("required", "optional"):
            for key, spec in _specs(takes.get(group)):
                offered = _choices(spec)
                value = inputs.get(key)
                if offered is None or value is None or is_link(value) or value in offered:
                    continue
                if not (isinstance(value, str) and "{{" in value) and not _uploads(spec):
                    yield missing_choice(node, kind, key, value, offered)


def _specs(group: object) -> Iterator[tuple[str, Any]]:
    if isinstance(group, Mapping):
        yield from ((str(key), spec) for key, spec in group.items())


def _choices(spec: object) -> list[Any] | None:
    """What an input offers; None where it is no choice. Nodes of two kinds say it in two ways."""
    match spec:
        case [list(offered), *_]:
            return offered
        case ["COMBO", {"options": list(offered)}, *_]:
            return offered
    return None


def _uploads(spec: object) -> bool:
    """Whether an input takes files that are uploaded: then its list is not all."""
    more = spec[1] if isinstance(spec, list) and len(spec) > 1 else None
    return isinstance(more, Mapping) and any(str(key).endswith("_upload") for key in more)
