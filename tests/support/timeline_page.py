"""A bare page that mounts the timeline: a model with get, set, save_changes, on, off and send.

`window.model` keeps what the timeline says: `sent` messages and `saved` traits; `tell(name, value)`
sets a trait as Python does, and `receive(message)` is a message from Python.
"""

import json
from pathlib import Path

from songreel.models.board import Board
from songreel.widget.source import module, sheet

MODEL = """
window.model = {
  values: TRAITS, handlers: {}, sent: [], saved: [], changed: {},
  get(name) { return this.values[name]; },
  set(name, value) { this.changed[name] = value; this.tell(name, value); },
  save_changes() { this.saved.push(this.changed); this.changed = {}; },
  send(content) { this.sent.push(JSON.parse(JSON.stringify(content))); },
  on(name, handler) { (this.handlers[name] ||= []).push(handler); },
  off(name, handler) {
    this.handlers[name] = (this.handlers[name] || []).filter((known) => known !== handler);
  },
  fire(name, value) { for (const handler of this.handlers[name] || []) handler(value); },
  tell(name, value) { this.values[name] = value; this.fire("change:" + name, value); },
  receive(message) { this.fire("msg:custom", message); },
};
"""


def timeline_page(
    folder: Path, board: Board | None, *, attributes: str = "", **traits: object
) -> Path:
    """Write the page into `folder`; `attributes` go onto the element that holds the timeline."""
    values = {
        "board": board.model_dump(mode="json") if board else {}, "position": 0, "playing": False,
        "selection": [], "zoom": 0, "scroll": 0, "snap": "beat", "audio": "", "theme": "auto",
        "editable": True, "working": {},
    }  # fmt: skip
    (folder / "timeline.js").write_text(module(), "utf-8")
    page = folder / "timeline.html"
    script = MODEL.replace("TRAITS", json.dumps(values | traits))
    page.write_text(
        f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>timeline</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{sheet()} body {{ margin: 0; padding: 12px; background: #888; }}</style>
<body><input id="field" aria-label="a field"><div id="here" {attributes}></div>
<script>{script}</script>
<script type="module">
{module().replace("export default { render };", "")}
window.parts = {{
  Grid, View, Draft, applied, objection, barStep, secondStep, shotDetail, lineStrength, commandFor,
  clock, nearest, pyramid, levelFor, contrast, mix, sectionShare, rgb, paletteOf, shotLabel,
}};
window.render = render;
window.end = render({{ model: window.model, el: document.getElementById("here") }});
window.ready = true;
</script></body></html>""",
        "utf-8",
    )
    return page
