"""From a workflow and what its user says of it to a catalogue's `Entry`; nothing is guessed."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from songreel.generation.catalogue.entry import (
    Entry,
    Free,
    Grid,
    Input,
    Length,
    Plain,
    Price,
    Rate,
    Size,
)
from songreel.generation.comfy.known import (
    BETWEEN,
    FAMILIES,
    LENGTHS,
    RATES,
    SAVERS,
    Family,
)
from songreel.generation.comfy.workflow import Workflow, is_link, read_workflow
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.generation.comfy.config import Table

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_SEEDS = 2**32 - 1
"""ComfyUI's own nodes take 64 bits, some of others' only 32."""
_READ = date(2026, 11, 21)


def made(
    name: str, table: "Table", base: Path, where: str
) -> tuple[Entry, dict[str, Workflow], tuple[str, ...]]:
    """The entry of a workflow with those for images as its sisters, and the workflows by name.

    Args:
        name: As the user calls it.
        table: What the user says of it.
        base: To which the files are relative.
        where: File and table, for errors.

    Returns:
        Entry, workflows by the names of entries, and what was derived from the workflows.

    Raises:
        InvalidInput: A workflow does not hold, or something is neither in it nor in the table.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{where}: a workflow's name has small letters, digits, dots and dashes only"
        )
    main = _Derived(name, read_workflow(base / table.workflow, table.output), table, where)
    workflows, sisters = {name: main.workflow}, []
    for number, path in enumerate(table.with_images):
        called = f"{name}-images" if number == 0 else f"{name}-images-{number + 1}"
        other = _Derived(called, read_workflow(base / path, table.output), table, where)
        if not other.workflow.asks & {"start_image", "end_image"}:
            raise InvalidInput(
                f"{where}, with_images: {base / path} has no place for an image; write "
                "{{start_image}} into the image of its LoadImage node, or give that the title "
                "`start_image`"
            )
        workflows[called] = other.workflow
        sisters.append(other.entry())
    entry = main.entry(tuple(each.name for each in sisters))
    return entry.model_copy(update={"sisters": tuple(sisters)}), workflows, tuple(main.told)


class _Derived:
    """One workflow on its way to an entry."""

    def __init__(self, name: str, workflow: Workflow, table: "Table", where: str) -> None:
        self.name, self.workflow, self.table, self.where = name, workflow, table, where
        self.told: list[str] = []
        nodes = workflow.nodes
        self._family = _family(nodes)
        self._lengths = [
            (node, LENGTHS[content["class_type"]])
            for node, content in nodes.items()
            if content["class_type"] in LENGTHS
        ]

    def entry(self, with_images: tuple[str, ...] = ()) -> Entry:
        """What the workflow takes and makes."""
        table, asks = self.table, self.workflow.asks
        fps = self._fps()
        lengths, grid = self._frames()
        inputs, fixed = self._inputs()
        sizes, free = self._sizes()
        side = table.short_side or (self._family.side if self._family else None)
        if free is not None and side is None:
            raise self._lacking("short_side", "480", "the workflow takes any size")
        dialect = table.dialect
        if dialect is None:
            dialect = self._family.dialect if self._family else "plain"
            self.told.append(f"prompts in the dialect {dialect}")
        if "seed" not in asks:
            self.told.append("no place for a seed: another take is the same picture")
        try:
            return Entry(
                provider="comfyui",
                name=self.name,
                ref=self.name,
                version=self.workflow.sha256,
                inputs=inputs,
                fixed=fixed,
                lengths=lengths,
                grid=grid,
                fps=fps,
                sizes=sizes,
                free=free,
                short_side=side or min(sizes[0].width, sizes[0].height),
                dialect=dialect,
                licence=table.licence,
                price=Price(
                    unit="clip",
                    rates=(Rate(usd=Decimal(0)),),
                    read=_READ,
                    source="the user's own server",
                    certain=True,
                ),
                concurrent=table.concurrent,
                quality=5,
                read=_READ,
                source=str(self.workflow.path),
                certain=True,
                with_images=with_images,
            )
        except ValidationError as error:
            first = error.errors()[0]
            spot = ".".join(map(str, first["loc"]))
            raise InvalidInput(
                f"{self.where}: {f'{spot}: ' if spot else ''}"
                f"{first['msg'].removeprefix('Value error, ')}"
            ) from error

    def _inputs(self) -> tuple[dict[str, Input], dict[str, Plain]]:
        asks, table = self.workflow.asks, self.table
        every = {
            "prompt": Input(type="string", role="prompt", required=True),
            "negative": Input(type="string", role="negative"),
            "seed": Input(type="integer", role="seed", low=0, high=_SEEDS),
            "width": Input(type="integer", role="width"),
            "height": Input(type="integer", role="height"),
            "frames": Input(type="integer", role="length"),
            "fps": Input(type="number", role="fps"),
            "start_image": Input(type="uri", role="start", required=True),
            "end_image": Input(type="uri", role="end", required=True),
            "steps": Input(type="integer", low=1),
            "guidance": Input(type="number", low=0),
        }
        fixed: dict[str, Plain] = {}
        if "negative" in asks:
            fixed["negative"] = table.negative
        for name, value, example in (
            ("steps", table.steps, "30"),
            ("guidance", table.guidance, "3.0"),
        ):
            if name in asks:
                if value is None:
                    raise self._lacking(name, example, "the workflow has a place for it")
                fixed[name] = value
            elif value is not None:
                raise InvalidInput(
                    f"{self.where}, {name}: {self.workflow.path} has no place {{{{{name}}}}} for it"
                )
        return {name: given for name, given in every.items() if name in asks}, fixed

    def _fps(self) -> Fraction:
        table, nodes = self.table, self.workflow.nodes
        if table.fps is not None:
            return table.fps
        between = [node for node, content in nodes.items() if _between(content["class_type"])]
        if between:
            raise self._lacking(
                "fps", "24", f"node {self.workflow.kind(between[0])} puts frames between: say the "
                "frames a second before it",
            )  # fmt: skip
        if "fps" in self.workflow.asks:
            if self._family is None:
                raise self._lacking("fps", "24", "the workflow has a place for it")
            self.told.append(f"{self._family.fps} fps, as its model is made for")
            return self._family.fps
        found = _saved_rate(nodes, self.workflow.output)
        if found is None:
            raise self._lacking("fps", "24", "no node of the workflow says it")
        self.told.append(f"{found} fps, as node {self.workflow.kind(self.workflow.output)} saves")
        return found

    def _frames(self) -> tuple[tuple[Length, ...], Grid | None]:
        table, asked = self.table, "frames" in self.workflow.asks
        if isinstance(table.frames, Grid):
            if not asked:
                raise InvalidInput(
                    f"{self.where}, frames: {self.workflow.path} has no place {{{{frames}}}}, so "
                    "give one number"
                )
            return (), table.frames
        if asked and table.frames is not None:
            return (Length(value=table.frames, frames=table.frames),), None
        if not asked:
            return (Length(frames=table.frames or self._own_frames()),), None
        if self._family is None or not self._lengths:
            raise self._lacking(
                "frames", "{ step = 8, low = 9, high = 97 }", "the workflow takes any number"
            )
        step = max(lengths.step for _, lengths in self._lengths)
        high = (self._family.most - 1) // step * step + 1
        self.told.append(
            f"{step + 1} to {high} frames in steps of {step}, as node "
            f"{self.workflow.kind(self._lengths[0][0])} and its model take"
        )
        return (), Grid(step=step, low=step + 1, high=high)

    def _own_frames(self) -> int:
        """Frames as the workflow has them itself."""
        for node, lengths in self._lengths:
            value = _number(self.workflow.nodes, node, lengths.frames)
            if value is not None:
                self.told.append(
                    f"always {value:g} frames, as node {self.workflow.kind(node)} says"
                )
                return int(value)
        raise self._lacking("frames", "81", "no node of the workflow says it")

    def _sizes(self) -> tuple[tuple[Size, ...], Free | None]:
        table, asks = self.table, self.workflow.asks
        if len(asks & {"width", "height"}) == 1:
            raise InvalidInput(
                f"{self.where}: {self.workflow.path} has a place for one of width and height only"
            )
        if table.size is not None:
            return (Size(width=table.size[0], height=table.size[1]),), None
        if "width" in asks:
            multiple = table.multiple
            if multiple is None:
                if not self._lengths:
                    raise self._lacking("multiple", "16", "the workflow takes any size")
                multiple = max(lengths.multiple for _, lengths in self._lengths)
            high = table.largest // multiple * multiple
            self.told.append(f"sizes up to {high} in multiples of {multiple}")
            return (), Free(low=max(multiple, 64), high=high, multiple=multiple)
        for node, _ in self._lengths:
            width = _number(self.workflow.nodes, node, "width")
            height = _number(self.workflow.nodes, node, "height")
            if width and height:
                self.told.append(
                    f"always {width:g}×{height:g}, as node {self.workflow.kind(node)} says"
                )
                return (Size(width=int(width), height=int(height)),), None
        raise self._lacking("size", "[832, 480]", "no node of the workflow says it")

    def _lacking(self, field: str, example: str, why: str) -> InvalidInput:
        return InvalidInput(f"{self.where} needs {field} ({field} = {example}): {why}")


def _family(nodes: Mapping[str, Mapping[str, Any]]) -> Family | None:
    """The model's family, by the node that loads its text encoder."""
    found = {
        FAMILIES[str(content["inputs"]["type"])]
        for content in nodes.values()
        if str(content["inputs"].get("type")) in FAMILIES and "CLIP" in content["class_type"]
    }
    return found.pop() if len(found) == 1 else None


def _between(kind: str) -> bool:
    return any(part in kind.lower() for part in BETWEEN)


def _saved_rate(nodes: Mapping[str, Mapping[str, Any]], output: str) -> Fraction | None:
    """Frames a second with which node `output` saves."""
    content = nodes[output]
    saver = SAVERS.get(content["class_type"])
    value = None
    if saver is not None and saver.rate:
        value = _number(nodes, output, saver.rate)
    elif saver is not None and saver.source and is_link(content["inputs"].get(saver.source)):
        source = content["inputs"][saver.source][0]
        rate = RATES.get(nodes[source]["class_type"])
        value = _number(nodes, source, rate) if rate else None
    return Fraction(value).limit_denominator(1001) if value else None


def _number(nodes: Mapping[str, Mapping[str, Any]], node: str, key: str) -> float | None:
    """A node's number, or that of the primitive which it comes from."""
    value = nodes[node]["inputs"].get(key)
    if is_link(value):
        source = nodes[value[0]]
        value = source["inputs"].get(RATES.get(source["class_type"], ""))
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
