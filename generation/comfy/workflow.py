"""A workflow in ComfyUI's API format, with places for what a clip asks: `Workflow`."""

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from songreel.generation.comfy.known import SAVERS, TITLED, Kind
from songreel.models.errors import InvalidInput
from songreel.models.order import fingerprint

LARGEST = 2 * 2**20
"""Bytes of a workflow. A large one has 100 kB; more holds pictures that do not belong there."""

PLACEHOLDERS = tuple(TITLED)
"""What a clip may ask of a workflow."""

TEXTS = frozenset({"prompt", "negative", "start_image", "end_image"})
"""Those whose values are texts; the others are numbers."""

API_FORMAT = (
    "export it with Workflow > Export (API) in ComfyUI's menu (older ones: enable dev mode in the "
    "settings, then `Save (API Format)`)"
)

Value = str | int | float

_MARK = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_TITLES = {"positive": "prompt", "positive prompt": "prompt", "negative prompt": "negative",
           "start image": "start_image", "end image": "end_image", "length": "frames",
           "cfg": "guidance"}  # fmt: skip


@dataclass(frozen=True)
class Workflow:
    """A workflow that can be filled in."""

    path: Path
    nodes: Mapping[str, Mapping[str, Any]]
    """By id: `class_type`, `inputs`, perhaps `_meta` with a `title`."""
    titled: tuple[tuple[str, str, str], ...]
    """Placeholder, node and input, where a node's title names the placeholder."""
    asks: frozenset[str]
    """The placeholders it has."""
    output: str
    """Id of the node whose files are the clip."""

    @property
    def sha256(self) -> str:
        """Of what decides its pictures: not how the file is laid out, or what it calls files."""
        bare = {
            node: {
                "class_type": content["class_type"],
                "inputs": {
                    key: value
                    for key, value in content["inputs"].items()
                    if key != "filename_prefix"
                },
            }
            for node, content in self.nodes.items()
        }
        return fingerprint({"nodes": bare, "titled": sorted(self.titled), "output": self.output})

    def kind(self, node: str) -> str:
        """A node as a person finds it: `3 (KSampler)`."""
        known = self.nodes.get(node)
        return f"{node} ({known['class_type']})" if known else str(node)

    def filled(self, values: Mapping[str, Value], *, mark: str = "") -> dict[str, Any]:
        """The workflow to send.

        Args:
            values: By placeholder; all that it asks for.
            mark: Added to the name under which the clip is saved. ComfyUI does not run a node
                again whose inputs are as before: with a name of its own each clip is saved anew,
                also where the files of an earlier one were deleted, and nothing else runs again.
        """
        made: dict[str, Any] = copy.deepcopy(dict(self.nodes))
        for name, node, key in self.titled:
            made[node]["inputs"][key] = values[name]
        own = {(node, key) for _, node, key in self.titled}
        for node, key, value in _inputs(self.nodes):
            if (node, key) not in own:
                made[node]["inputs"][key] = _replaced(value, lambda name: values[name])
        prefix = made[self.output]["inputs"].get("filename_prefix")
        if mark and isinstance(prefix, str):
            made[self.output]["inputs"]["filename_prefix"] = f"{prefix}_{mark}"
        return made


def read_workflow(path: Path, output: str = "") -> Workflow:
    """Read a workflow and find its places.

    A place is `{{prompt}}` or another of `PLACEHOLDERS` in a text input, alone or between other
    words; or a node whose title says which values go into it: `prompt`, or `width, height, frames`.

    Args:
        path: The file.
        output: Id or title of the node that saves the clip; empty: the only one that does.

    Raises:
        InvalidInput: It cannot be read, is no workflow in API format, has an unknown placeholder,
            no place for the prompt, or no node that saves a clip (or several).
    """
    nodes = _nodes(path)
    titled = tuple(_titled(path, nodes))
    asks = {name for name, _, _ in titled}
    for node, key, value in _inputs(nodes):
        for name in _names(value):
            if name not in PLACEHOLDERS:
                raise InvalidInput(
                    f"{path}: {{{{{name}}}}} in node {node} ({nodes[node]['class_type']}), {key}, "
                    f"is no placeholder; {_near(name)}"
                )
            asks.add(name)
    if "prompt" not in asks:
        texts = [
            f"{node} ({nodes[node]['class_type']})"
            for node, key, value in _inputs(nodes)
            if isinstance(value, str) and key in TITLED["prompt"][:4]
        ]
        where = f"; texts are in node {', '.join(texts[:4])}" if texts else ""
        raise InvalidInput(
            f"{path} has no place for the prompt: write {{{{prompt}}}} into the text that is to "
            f"be replaced, or give its node the title `prompt`{where}"
        )
    return Workflow(path, nodes, titled, frozenset(asks), _output(path, nodes, output))


def _nodes(path: Path) -> dict[str, dict[str, Any]]:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise InvalidInput(
                f"{path} has {size / 2**20:.1f} MiB, a workflow at most {LARGEST / 2**20:.0f}: "
                "does it hold pictures? Load them from files"
            )
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"cannot read the workflow {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{path} is no workflow: it is not JSON ({error})") from error
    if isinstance(raw, dict) and isinstance(raw.get("prompt"), dict):
        raw = raw["prompt"]  # as it is posted
    if isinstance(raw, dict) and isinstance(raw.get("nodes"), list):
        raise InvalidInput(
            f"{path} is a workflow as ComfyUI's page saves it, without what is needed to run it "
            f"from outside: {API_FORMAT}"
        )
    if not isinstance(raw, dict) or not raw:
        raise InvalidInput(f"{path} is no workflow in ComfyUI's API format: {API_FORMAT}")
    for node, content in raw.items():
        match content:
            case {"class_type": str(), "inputs": dict(inputs)}:
                pass
            case _:
                raise InvalidInput(
                    f"{path} is no workflow in ComfyUI's API format: node {node} has no class_type "
                    f"and inputs; {API_FORMAT}"
                )
        for key, value in inputs.items():
            if is_link(value) and value[0] not in raw:
                raise InvalidInput(
                    f"{path}: input {key} of node {node} ({content['class_type']}) comes from node "
                    f"{value[0]}, which is not there; export the workflow anew"
                )
    return raw


def is_link(value: object) -> bool:
    """Whether an input comes from another node: `["4", 0]`."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and type(value[1]) is int
    )


def _inputs(nodes: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Any]]:
    """Node, input and value of all inputs that come from no other node."""
    for node, content in nodes.items():
        for key, value in content["inputs"].items():
            if not is_link(value):
                yield node, key, value


def _names(value: object) -> Iterator[str]:
    """Placeholders in a value."""
    if isinstance(value, str):
        yield from _MARK.findall(value)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _names(item)


def _replaced(value: Any, of: Callable[[str], Value]) -> Any:
    """`value` with its placeholders filled in, once: what is filled in is not looked at again."""
    if isinstance(value, list):
        return [_replaced(item, of) for item in value]
    if isinstance(value, dict):
        return {key: _replaced(item, of) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    alone = _MARK.fullmatch(value.strip())
    return of(alone[1]) if alone else _MARK.sub(lambda found: str(of(found[1])), value)


def _titled(path: Path, nodes: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for node, content in nodes.items():
        meta = content.get("_meta")
        title = str(meta.get("title", "")) if isinstance(meta, dict) else ""
        for name in _roles(title):
            key = _input_for(name, content["inputs"])
            if key is None:
                raise InvalidInput(
                    f"{path}: node {node} ({content['class_type']}) has the title {title!r}, but "
                    f"no input of its own for {name}; give the title to the node that has it, or "
                    f"write {{{{{name}}}}} there"
                )
            yield name, node, key


def _roles(title: str) -> list[str]:
    """The placeholders that a title names; none if it says anything else."""
    parts = [part.strip("{} ").lower() for part in re.split(r"[,+&/]", title)]
    names = [_TITLES.get(part, part.replace(" ", "_")) for part in parts]
    if names and all(name in PLACEHOLDERS for name in names):
        return names
    return []


def _input_for(name: str, inputs: Mapping[str, Any]) -> str | None:
    """The input of a node that takes `name`."""
    kinds: tuple[type, ...] = (str,) if name in TEXTS else (int, float, str)
    fit = [
        key
        for key, value in inputs.items()
        if isinstance(value, kinds) and not isinstance(value, bool)
    ]
    for key in TITLED[name]:
        if key in fit:
            return key
    return fit[0] if len(fit) == 1 else None


def _near(name: str) -> str:
    near = get_close_matches(name.lower(), PLACEHOLDERS, n=2, cutoff=0.5)
    if near:
        return f"did you mean {' or '.join('{{' + each + '}}' for each in near)}?"
    return f"there are {', '.join(PLACEHOLDERS)}"


def _output(path: Path, nodes: Mapping[str, Mapping[str, Any]], asked: str) -> str:
    if asked:
        for node, content in nodes.items():
            meta = content.get("_meta")
            if asked in (node, meta.get("title") if isinstance(meta, dict) else None):
                return node
        raise InvalidInput(f"{path} has no node {asked!r}, which was to save the clip")
    for kind in get_args(Kind):
        those = [node for node in nodes if _kind(nodes[node]["class_type"]) == kind]
        if len(those) > 1:
            told = ", ".join(f"{node} ({nodes[node]['class_type']})" for node in those)
            raise InvalidInput(
                f"{path} saves more than one clip, by node {told}: name the one to take with "
                f'output = "{those[-1]}"'
            )
        if those:
            return those[0]
    raise InvalidInput(
        f"{path} has no node that saves a clip ({', '.join(SAVERS)}); add one, or name the node "
        'that does it with output = "its id"'
    )


def _kind(node_class: str) -> Kind | None:
    """What a node saves."""
    return SAVERS[node_class].kind if node_class in SAVERS else None
