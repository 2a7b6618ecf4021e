"""What ComfyUI says is wrong, in one sentence: `refusal`, `failure`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from songreel.generation.hosted.trouble import shortened

_MEMORY = ("out of memory", "outofmemory", "allocation on device")
_ABSENT = re.compile(r"because node (.+) does not exist")
_NODE = re.compile(r"Node ID '#(.+?)'")
_FOLDERS = {
    "ckpt_name": "checkpoints",
    "unet_name": "diffusion_models",
    "clip_name": "text_encoders",
    "clip_name1": "text_encoders",
    "clip_name2": "text_encoders",
    "vae_name": "vae",
    "lora_name": "loras",
    "control_net_name": "controlnet",
    "style_model_name": "style_models",
    "model_name": "upscale_models",
}
"""Folders of `models/` from which ComfyUI's own loaders offer files (`nodes.py`)."""


class Failure(NamedTuple):
    """Why a prompt ended without a clip."""

    text: str
    memory: bool = False
    """The device ran out of memory: less at a time may do."""
    stopped: bool = False
    """Somebody stopped it."""


def refusal(body: Mapping[str, Any]) -> str:
    """Why a workflow is not run, from the body of a 400."""
    reasons = list(_node_faults(body.get("node_errors")))
    if reasons:
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        return f"{reasons[0]}{more}"
    match body.get("error"):
        case {"message": str(message), **rest}:
            place = rest.get("extra_info")
            if isinstance(place, Mapping) and place.get("class_type"):
                return missing_node(str(place["class_type"]), str(place.get("node_id", "")))
            details = str(rest.get("details") or "")
            if absent := _ABSENT.search(message):
                node = _NODE.search(details)
                return missing_node(absent[1], node[1] if node else "")
            return shortened(f"{message} {details}".strip())
        case str(message):
            return shortened(message)
    return "it does not say why"


def missing_node(name: str, node: str = "") -> str:
    """That the server has no such class of nodes."""
    place = f"node {node} " if node else ""
    return (
        f"{place}({name}) is not installed there: install the custom nodes that bring it, or "
        "update ComfyUI"
    )


def missing_choice(node: str, kind: str, key: str, value: object, offered: Sequence[object]) -> str:
    """That the server does not offer a value, most often the file of a model."""
    text = f"node {node} ({kind}): {key} {value!r} is not there"
    names = [str(each) for each in offered]
    near = get_close_matches(str(value), names, n=3, cutoff=0.6)
    if near:
        text += f"; near: {', '.join(near)}"
    elif 0 < len(names) <= 5:
        text += f"; there is {', '.join(names)}"
    if key in _FOLDERS:
        text += f"; put the file into models/{_FOLDERS[key]} of ComfyUI"
    return text


def of_output(errors: Any, output: str) -> dict[str, Any]:
    """What of `node_errors` the node `output` depends on; a prompt runs without what does not."""
    if not isinstance(errors, Mapping):
        return {}
    return {
        str(node): said
        for node, said in errors.items()
        if isinstance(said, Mapping) and output in (said.get("dependent_outputs") or ())
    }


def _node_faults(errors: Any) -> Iterator[str]:
    if isinstance(errors, Mapping):
        for node, said in errors.items():
            if isinstance(said, Mapping):
                for reason in said.get("errors") or ():
                    if isinstance(reason, Mapping):
                        yield _fault(str(node), str(said.get("class_type") or "?"), reason)


def _fault(node: str, kind: str, reason: Mapping[str, Any]) -> str:
    extra = reason.get("extra_info")
    extra = extra if isinstance(extra, Mapping) else {}
    key = str(extra.get("input_name") or "")
    if reason.get("type") == "value_not_in_list" and key:
        config = extra.get("input_config")
        offered = config[0] if isinstance(config, list) and config else ()
        if isinstance(offered, str) and isinstance(config, list) and len(config) > 1:
            offered = config[1].get("options", ()) if isinstance(config[1], Mapping) else ()
        offered = offered if isinstance(offered, list) else ()
        return missing_choice(node, kind, key, extra.get("received_value"), offered)
    details = str(reason.get("details") or "")
    message = str(reason.get("message") or reason.get("type") or "")
    return shortened(f"node {node} ({kind}): {message}: {details}".rstrip(": "))


def failure(entry: Mapping[str, Any]) -> Failure | None:
    """Why an ended prompt has failed, from its entry in the history; None if it has not."""
    status = entry.get("status")
    if not isinstance(status, Mapping):
        return None  # servers before 2024 say nothing: what it left decides
    for message in reversed(status.get("messages") or ()):
        match message:
            case [str(event), dict(data)]:
                if event == "execution_error":
                    return _error(data)
                if event == "execution_interrupted":
                    where = _node(data)
                    return Failure(f"somebody stopped it at the server, in {where}", stopped=True)
    if status.get("status_str") == "error" or status.get("completed") is False:
        return Failure("it failed there, and the server does not say why; its log may")
    return None


def _error(data: Mapping[str, Any]) -> Failure:
    kind, message = str(data.get("exception_type") or ""), str(data.get("exception_message") or "")
    if any(sign in f"{kind} {message}".lower() for sign in _MEMORY):
        return Failure(
            f"the server's device ran out of memory in {_node(data)}: ask for less with "
            "short_side, frames or size in comfyui.toml, or take a smaller model",
            memory=True,
        )
    words = shortened(message) or kind or "no reason is given"
    return Failure(f"{_node(data)} failed: {words}")


def _node(data: Mapping[str, Any]) -> str:
    return f"node {data.get('node_id', '?')} ({data.get('node_type', '?')})"
