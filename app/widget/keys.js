// What keys do, as one table for the handler and for the help.

export const HELP = [
  ["Play", [
    ["Space", "play or pause"],
    ["J K L", "back, pause, forward; again for faster"],
    ["← →", "by a beat; with Shift by a bar, with Alt or Ctrl by a shot"],
    ["Home End", "start and end of the song"],
  ]],
  ["Shots", [
    ["↑ ↓", "select the shot before or after; with Shift add it"],
    [", .", "move the start of the selected shot a step back or on"],
    ["S", "split at the playhead"],
    ["M, Delete", "merge into the shot before"],
    ["X, Shift+L", "lock or unlock"],
    ["Enter", "edit the prompt"],
    ["R", "retake"],
    ["C", "compare takes"],
    ["Ctrl+A", "select all"],
  ]],
  ["Grid", [
    ["N", "what cuts snap to"],
    ["Alt", "while a cut is dragged: no snapping"],
    ["B", "beat one is at the playhead"],
  ]],
  ["Mouse and fingers", [
    ["Drag", "pan; a cut or, with a finger, a selected shot's grip: move it"],
    ["Wheel", "zoom around the pointer; sideways pan"],
    ["Pinch", "zoom"],
    ["Double-click", "a shot: its prompt; a section: zoom to it"],
  ]],
  ["View", [
    ["+ −", "zoom"],
    ["F", "the whole song"],
    ["Z", "zoom to the selection"],
    ["Ctrl+Z", "undo; with Shift redo"],
    ["?", "these keys"],
    ["Esc", "let go: a drag, the selection, this help"],
  ]],
];

const PLAIN = {
  " ": "toggle", j: "reverse", k: "pause", l: "forward",
  ArrowLeft: "back-beat", ArrowRight: "on-beat", ArrowUp: "shot-before", ArrowDown: "shot-after",
  Home: "start", End: "end", ",": "nudge-back", ".": "nudge-on",
  s: "split", m: "merge", Delete: "merge", Backspace: "merge", x: "lock",
  Enter: "edit-prompt", r: "retake", c: "compare", n: "snap", b: "bar-one",
  "+": "zoom-in", "=": "zoom-in", "-": "zoom-out", _: "zoom-out", f: "fit", z: "zoom-selection",
  "?": "help", Escape: "escape",
};
const SHIFTED = {
  l: "lock", ArrowLeft: "back-bar", ArrowRight: "on-bar",
  ArrowUp: "add-before", ArrowDown: "add-after",
};

/** The command of a keydown event, or null where the key is not ours. */
export function commandFor(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey || event.altKey) {
    if (key === "ArrowLeft") return "back-shot";
    if (key === "ArrowRight") return "on-shot";
    if (event.altKey) return null;
    if (key === "z") return event.shiftKey ? "redo" : "undo";
    if (key === "y") return "redo";
    return key === "a" ? "select-all" : null;
  }
  return (event.shiftKey && SHIFTED[key]) || PLAIN[key] || null;
}

const FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable='false']), " +
  "[role='textbox'], [role='combobox'], [role='searchbox'], [role='spinbutton']";
const PRESSED = "button, a[href], summary, [role='button'], [role='switch'], [role='checkbox']";
const WALKED = "audio, video, [role='tab'], [role='menuitem'], [role='option'], [role='radio'], " +
  "[role='slider'], [role='listbox'], [role='menu'], [role='grid'], [role='tree']";
const PRESSING = new Set([" ", "Enter", "Escape"]);
const WALKING = new Set([
  " ", "Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "Escape",
]);

/** Whether a key pressed in `target` is typed text, or belongs to the control that has the focus. */
export function taken(event, target, stage) {
  if (event.defaultPrevented || event.isComposing) return true;
  if (!(target instanceof Element)) return false;
  if (target.closest(FIELDS)) return true;
  if (stage.contains(target)) return false;
  if (target.closest("[role='dialog'], dialog")) return true;
  if (WALKING.has(event.key) && target.closest(WALKED)) return true;
  return PRESSING.has(event.key) && target.closest(PRESSED) !== null;
}
