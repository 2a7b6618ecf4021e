// What is seen of a timeline: its element, colours, size, the window onto the song, notes.

import { Grid } from "./grid.js";
import { View, lanesOf } from "./layout.js";
import { drawOver } from "./overlay.js";
import { Overview } from "./overview.js";
import { ShotPainter } from "./paint_shots.js";
import { paletteOf, themeOf } from "./palette.js";
import { Spoken } from "./spoken.js";
import { Thumbs } from "./thumbs.js";
import { Wave } from "./wave.js";

const NARROW = 560; // pixels
const NOTE = 6000; // ms for which a note stays

const HTML = `
  <div class="sr-toolbar" role="toolbar" aria-label="Timeline"></div>
  <div class="sr-stage" role="application" aria-roledescription="timeline">
    <canvas class="sr-base" aria-hidden="true"></canvas>
    <canvas class="sr-over" aria-hidden="true"></canvas>
    <div class="sr-list" role="listbox" aria-multiselectable="true" aria-orientation="horizontal" aria-label="Shots"></div>
    <div class="sr-note" hidden></div>
  </div>
  <canvas class="sr-overview" aria-hidden="true"></canvas>
  <div class="sr-live" role="status" aria-live="polite"></div>
  <dialog class="sr-help" aria-label="Keys"></dialog>`;

/** A board drawn into `el`; who inherits from it plays and edits. */
export class Surface {
  constructor(model, el) {
    this.model = model;
    this.root = document.createElement("div");
    this.root.className = "sr-timeline";
    this.root.dataset.lmSuppressShortcuts = "true"; // JupyterLab's own keys, B and X among them
    this.root.innerHTML = HTML;
    el.append(this.root);
    [this.stage, this.base, this.over, this.note] = ["stage", "base", "over", "note"].map((name) => this.find(name));
    this.view = new View();
    this.wave = new Wave();
    this.grid = new Grid({});
    this.board = {};
    this.selection = new Set(model.get("selection") || []);
    this.active = 0; // index of the shot that the focus is on
    this.focusSeen = false;
    this.hovered = -1;
    this.nearCut = 0; // index of the cut under the pointer; 0 for none
    this.pointerX = null;
    this.drag = null;
    this.ratio = 1;
    this.painter = new ShotPainter(new Thumbs(() => this.redraw()));
    this.spoken = new Spoken(this.find("list"), this.find("live"));
    this.overview = new Overview(this.find("overview"), this);
    this.motion = matchMedia("(prefers-reduced-motion: reduce)");
  }

  find(name) {
    return this.root.querySelector(`.sr-${name}`);
  }

  get working() {
    return this.model.get("working") || {};
  }

  /** Whether the reader asked for less motion. */
  get calm() {
    return this.motion.matches;
  }

  // The window onto the song.

  anchorX() {
    const x = this.view.x(this.player.at);
    return x >= 0 && x <= this.view.width ? x : this.view.width / 2;
  }

  zoomAt(x, zoom) {
    this.view.zoomAt(x, zoom);
    this.viewChanged();
  }

  scrollTo(seconds) {
    this.view.scroll = seconds;
    this.view.clamp();
    this.viewChanged();
  }

  showSpan(start, end) {
    this.view.show(start, end, 0);
    this.viewChanged();
  }

  showSection(time) {
    const section = (this.board.sections || []).find((found) => time >= found.start && time < found.end);
    if (section) this.showSpan(section.start, section.end);
  }

  showSelection() {
    const shots = this.draft.shots.filter((shot) => this.selection.has(shot.id));
    if (!shots.length) return;
    this.view.show(shots[0].start, shots[shots.length - 1].end, 0.12);
    this.viewChanged();
  }

  restoreView() {
    const zoom = this.model.get("zoom") || 0;
    this.view.zoom = zoom;
    this.view.fitted = !zoom;
    this.view.scroll = this.model.get("scroll") || 0;
    this.view.resize(this.view.width, this.view.duration);
    this.redraw();
  }

  /** Drawn with the next frame, told to Python when it rests. */
  viewChanged() {
    this.redraw();
    clearTimeout(this.viewTimer);
    this.viewTimer = setTimeout(() => {
      const zoom = this.view.fitted ? 0 : this.view.zoom;
      if (this.model.get("zoom") === zoom && this.model.get("scroll") === this.view.scroll) return;
      this.put({ zoom, scroll: this.view.scroll });
    }, 300);
  }

  // Notes.

  /** A sentence beside `time`, and for the ear. */
  tell(text, time = this.player.at) {
    this.spoken.say(text);
    this.note.textContent = text;
    this.note.hidden = false;
    const half = Math.min(this.note.offsetWidth / 2, this.view.width / 2 - 8);
    const x = Math.min(Math.max(this.view.x(time), half + 8), this.view.width - half - 8);
    this.note.style.left = `${x}px`;
    clearTimeout(this.noteTimer);
    this.noteTimer = setTimeout(() => (this.note.hidden = true), NOTE);
  }

  // Drawing.

  retheme() {
    const theme = themeOf(this.model.get("theme"));
    if (this.root.dataset.theme !== theme) this.root.dataset.theme = theme;
    this.palette = paletteOf(this.root);
    this.wave.clear();
    this.redraw(true);
  }

  resize() {
    const narrow = this.root.clientWidth < NARROW;
    this.root.toggleAttribute("data-narrow", narrow);
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width) return;
    if (!this.palette.known) this.retheme();
    this.ratio = window.devicePixelRatio || 1;
    this.lanes = lanesOf(height, narrow);
    for (const canvas of [this.base, this.over]) {
      canvas.width = Math.round(width * this.ratio);
      canvas.height = Math.round(height * this.ratio);
    }
    this.view.resize(width, this.view.duration);
    this.redraw(true);
    this.paint();
  }

  redraw(all = false) {
    this.dirty = true;
    if (all) this.overview.stale = true;
    this.redrawOver();
  }

  redrawOver() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.lanes || !this.stage.clientWidth) return;
    const scene = {
      view: this.view, lanes: this.lanes, palette: this.palette, ratio: this.ratio, grid: this.grid,
      board: this.board, shots: this.draft.shots, starts: this.draft.starts || [], wave: this.wave,
      selection: this.selection, working: this.working, hovered: this.hovered, active: this.active,
      focusSeen: this.focusSeen, position: this.player.at, pointer: this.pointerX, drag: this.drag,
      font: this.palette.font,
      nearCut: this.nearCut, editable: this.editable,
    };
    this.painted = this.view.duration > 0;
    if (this.dirty) {
      this.dirty = false;
      const due = this.painter.draw(this.base.getContext("2d", { alpha: false }), scene);
      if (due) this.redraw();
    }
    drawOver(this.over.getContext("2d"), scene);
    this.overview.draw(scene);
  }
}
