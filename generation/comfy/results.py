"""What an ended prompt has left on the server: `files_of`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

from songreel.generation.comfy.answers import PROVIDER
from songreel.generation.comfy.known import Kind
from songreel.generation.comfy.server import Server
from songreel.models.errors import ProviderError

_VIDEO = (".mp4", ".webm", ".mkv", ".mov", ".m4v", ".avi")
_ANIMATION = (".webp", ".gif", ".apng")
_PICTURE = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


class Left(NamedTuple):
    """A file that a node has left."""

    filename: str
    subfolder: str
    type: str
    """`output`, `temp` or `input`: the folder of the server."""

    def url(self, server: Server) -> str:
        """Where it is handed out."""
        return server.view(self.filename, self.subfolder, self.type)


def files_of(entry: Mapping[str, Any], node: str) -> tuple[Kind, tuple[Left, ...]]:
    """The files of a clip, from an ended prompt's entry in the history.

    Core nodes list videos under `images` with `animated`, VHS_VideoCombine under `gifs`: the names'
    endings tell what they are.

    Args:
        entry: Of the history.
        node: The one that saves the clip.

    Raises:
        ProviderError: It has left no file that is a clip.
    """
    outputs = entry.get("outputs")
    found: list[Left] = []
    animated = False
    for key, content in (outputs or {}).items() if isinstance(outputs, Mapping) else ():
        if not isinstance(content, Mapping) or not _is_of(entry, str(key), node):
            continue
        marks = content.get("animated")
        animated |= any(marks) if isinstance(marks, list) else bool(marks)
        for items in content.values():
            found += (
                [left for item in items if (left := _left(item))] if isinstance(items, list) else []
            )
    for kind in get_args(Kind):
        those = [each for each in found if _is(kind, each.filename, animated)]
        if those:
            return kind, tuple(those if kind == "pictures" else those[-1:])
    what = f" ({found[0].filename[:60]})" if found else ""
    raise ProviderError(
        f"node {node} has left no video and no pictures that can be fetched{what}",
        provider=PROVIDER,
    )


def seconds_of(entry: Mapping[str, Any]) -> float | None:
    """How long a prompt ran, by the server's own clock; None where it does not say."""
    times = {}
    status = entry.get("status")
    for message in (status.get("messages") or ()) if isinstance(status, Mapping) else ():
        match message:
            case [str(event), {"timestamp": int(when)}]:
                times[event] = when / 1000  # ms
    if {"execution_start", "execution_success"} <= times.keys():
        return max(0.0, times["execution_success"] - times["execution_start"])
    return None


def _is_of(entry: Mapping[str, Any], key: str, node: str) -> bool:
    """Whether outputs under `key` are of `node`: one that was put in its place says so."""
    if key == node:
        return True
    meta = entry.get("meta")
    told = meta.get(key) if isinstance(meta, Mapping) else None
    return isinstance(told, Mapping) and node in (
        told.get("display_node"),
        told.get("real_node_id"),
        told.get("parent_node"),
    )


def _left(item: object) -> Left | None:
    match item:
        case {"filename": str(name), **rest} if name and "%0" not in name:
            return Left(name, str(rest.get("subfolder") or ""), str(rest.get("type") or "output"))
    return None


def _is(kind: Kind, name: str, animated: bool) -> bool:
    ending = Path(name.lower()).suffix
    if kind == "video":
        return ending in _VIDEO
    if kind == "animation":
        return ending == ".gif" or (animated and ending in (*_ANIMATION, ".png"))
    return ending in _PICTURE
