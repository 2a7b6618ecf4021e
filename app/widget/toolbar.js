// The buttons over the lanes, and the help.

import { LEVELS } from "./grid.js";
import { HELP } from "./keys.js";

const ICONS = {
  play: "M8 5.5v13l11-6.5z", pause: "M7 5.5h3.6v13H7zM13.4 5.5H17v13h-3.6z",
  undo: "M9 7V3L3 9l6 6v-4h5a4 4 0 0 1 0 8H8v2h6a6 6 0 0 0 0-12z",
  redo: "M15 7V3l6 6-6 6v-4h-5a4 4 0 0 0 0 8h6v2h-6a6 6 0 0 1 0-12z",
  split: "M11 3h2v18h-2zM3 8h5v8H3zM16 8h5v8h-5z",
  merge: "M3 8h7v8H3zM14 8h7v8h-7zM10 11h4v2h-4z",
  lock: "M7 10V8a5 5 0 0 1 10 0v2h1.5v10.5h-13V10zm2 0h6V8a3 3 0 0 0-6 0z",
  in: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z", out: "M5 11h14v2H5z",
  fit: "M3 5h2v14H3zM19 5h2v14h-2zM6.5 12 10 8.5V11h4V8.5l3.5 3.5-3.5 3.5V13h-4v2.5z",
  grid: "M4 4h2v16H4zM9 9h2v11H9zM14 9h2v11h-2zM19 4h2v16h-2z",
};
const SNAPS = { phrase: "Phrase", bar: "Bar", beat: "Beat", half: "½ beat", off: "Off" };

function icon(name) {
  return `<svg viewBox="0 0 24 24" aria-hidden="true"><path fill-rule="evenodd" d="${ICONS[name]}"/></svg>`;
}

function button(command, name, label, keys) {
  return `<button type="button" data-command="${command}" aria-label="${label}" ` +
    `${keys ? `aria-keyshortcuts="${keys}" ` : ""}title="${label}${keys ? ` (${keys})` : ""}">${icon(name)}</button>`;
}

const BAR = `
  <button type="button" class="sr-play" data-command="toggle" aria-label="Play" title="Play (Space)">${icon("play")}</button>
  <div class="sr-time" aria-hidden="true"><b>1.1</b><span>0:00.0</span></div>
  <label class="sr-snap"><span>Snap</span><select aria-label="Snap cuts to">${LEVELS.map(
    (level) => `<option value="${level}">${SNAPS[level]}</option>`).join("")}</select></label>
  <div class="sr-group sr-cuts" data-edits>
    ${button("split", "split", "Split at the playhead", "S")}
    ${button("merge", "merge", "Merge into the shot before", "M")}
    ${button("lock", "lock", "Lock or unlock", "X")}
    <details class="sr-menu"><summary aria-label="Beats and bars" title="Beats and bars">${icon("grid")}</summary>
      <div>
        <button type="button" data-command="bar-one">Beat one is at the playhead <kbd>B</kbd></button>
        <button type="button" data-command="half">Half the tempo</button>
        <button type="button" data-command="double">Double the tempo</button>
      </div></details>
  </div>
  <div class="sr-group" data-edits>
    ${button("undo", "undo", "Undo", "Control+Z")}
    ${button("redo", "redo", "Redo", "Control+Shift+Z")}
  </div>
  <span class="sr-gap"></span>
  <div class="sr-group sr-zoom">
    ${button("zoom-out", "out", "Zoom out", "-")}
    ${button("zoom-in", "in", "Zoom in", "+")}
    ${button("fit", "fit", "Show the whole song", "F")}
    <button type="button" data-command="help" aria-label="Keys" title="Keys (?)" aria-haspopup="dialog">?</button>
  </div>`;

const KEYS = `
  <form method="dialog"><h2>Keys</h2><button aria-label="Close">×</button></form>
  <div>${HELP.map(([title, rows]) => `<section><h3>${title}</h3><dl>${rows.map(
    ([keys, what]) => `<div><dt>${keys.split(" ").map((key) => `<kbd>${key.replace(/,$/, "") || ","}</kbd>`).join(" ")}</dt>` +
      `<dd>${what}</dd></div>`).join("")}</dl></section>`).join("")}</div>`;

export class Toolbar {
  constructor(bar, help, { run, snap, leave }) {
    this.bar = bar;
    this.help = help;
    bar.innerHTML = BAR;
    help.innerHTML = KEYS;
    this.play = bar.querySelector(".sr-play");
    this.time = bar.querySelector(".sr-time");
    this.place = this.time.querySelector("b");
    this.seconds = this.time.querySelector("span");
    this.select = bar.querySelector("select");
    this.menu = bar.querySelector("details");
    bar.addEventListener("click", (event) => {
      const found = event.target.closest("[data-command]");
      if (!found || found.getAttribute("aria-disabled") === "true") return;
      if (this.menu.contains(found)) this.menu.open = false;
      // Clicked by a mouse, it gives the focus back: else Space would do it again instead of play.
      if (event.detail && found.dataset.command !== "help") leave();
      run(found.dataset.command);
    });
    this.select.addEventListener("change", () => snap(this.select.value));
    bar.addEventListener("keydown", (event) => this.walk(event));
    this.rove(this.play);
    this.menu.addEventListener("focusout", (event) => {
      if (!this.menu.contains(event.relatedTarget)) this.menu.open = false;
    });
    this.menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.menu.open) return;
      event.stopPropagation();
      this.menu.open = false;
      this.menu.querySelector("summary").focus();
    });
    help.addEventListener("click", (event) => event.target === help && help.close());
  }

  /** The buttons are one stop for Tab; arrows go from one to the next. */
  get stops() {
    const all = this.bar.querySelectorAll(":scope button[data-command], :scope summary");
    return [...all].filter((stop) => stop.offsetParent && !this.menu.querySelector("div").contains(stop));
  }

  rove(to) {
    for (const stop of this.bar.querySelectorAll("button[data-command], summary")) {
      const inMenu = this.menu.querySelector("div").contains(stop);
      stop.tabIndex = inMenu || stop === to ? 0 : -1;
    }
  }

  walk(event) {
    const { stops } = this;
    const at = stops.indexOf(event.target);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: stops.length - 1 }[event.key];
    if (at < 0 || to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const next = stops[(to + stops.length) % stops.length];
    this.rove(next);
    next.focus();
  }

  tell(place, seconds) {
    if (this.place.textContent !== place) this.place.textContent = place;
    if (this.seconds.textContent !== seconds) this.seconds.textContent = seconds;
  }

  playing(on) {
    this.play.innerHTML = icon(on ? "pause" : "play");
    this.play.setAttribute("aria-label", on ? "Pause" : "Play");
    this.play.title = on ? "Pause (Space)" : "Play (Space)";
  }

  /** What can be done just now. */
  state({ snap, editable, undo, redo, shots, selection }) {
    this.select.value = snap;
    this.select.disabled = !editable;
    for (const group of this.bar.querySelectorAll("[data-edits]")) group.hidden = !editable;
    const can = { undo: Boolean(undo), redo: Boolean(redo), split: shots > 0, merge: selection > 0, lock: selection > 0 };
    for (const [command, able] of Object.entries(can)) {
      const found = this.bar.querySelector(`[data-command="${command}"]`);
      found.setAttribute("aria-disabled", String(!able));
    }
    const words = { undo: undo && `Undo ${undo}`, redo: redo && `Redo ${redo}` };
    for (const [command, text] of Object.entries(words)) {
      const found = this.bar.querySelector(`[data-command="${command}"]`);
      found.setAttribute("aria-label", text || (command === "undo" ? "Undo" : "Redo"));
      found.title = `${text || found.getAttribute("aria-label")} (${found.getAttribute("aria-keyshortcuts")})`;
    }
  }
}
