// songreel's timeline: an anywidget (AFM) that draws a board and sends what a person does to it.
//
// Traits: board, position, playing, selection, zoom, scroll, snap, audio, theme, editable, working
// (`songreel.widget.traits`). To Python: edit, undo, redo, command. From Python: seek, play, pause,
// refused, settled. On its element: `songreel:time` events ({seconds, playing, rate}) whenever the
// playhead moves, for pictures that follow it.

import { Draft, shotIndexAt } from "./edits.js";
import { Grid, LEVELS, clock } from "./grid.js";
import { Hand } from "./hand.js";
import { commandFor, taken } from "./keys.js";
import { watchTheme } from "./palette.js";
import { Player } from "./player.js";
import { Pointer } from "./pointer.js";
import { Toolbar } from "./toolbar.js";

const REPORT = 250; // ms between two positions sent to Python
const FOLLOW = 0.9; // of the width at which the page turns while playing
const ONCE = new Set(["toggle", "split", "merge", "lock", "retake", "compare", "edit-prompt", "bar-one", "help"]);

class Timeline extends Hand {
  constructor(model, el) {
    super(model, el);
    this.undone = [];
    this.draft = new Draft((message) => model.send(message), () => this.shotsChanged());
    this.player = new Player({
      tick: (seconds) => this.moved(seconds),
      state: (playing) => this.playingChanged(playing),
      fault: (text) => this.tell(text),
    });
    this.toolbar = new Toolbar(this.find("toolbar"), this.find("help"), {
      run: (command) => this.run(command),
      snap: (level) => this.setSnap(level),
      leave: () => this.focusStage(),
    });
    this.pointer = new Pointer(this.stage, this);
    this.listen();
    this.retheme();
    this.player.at = model.get("position") || 0;
    this.load();
    this.player.load(model.get("audio") || "");
    this.restoreView();
    if (model.get("playing")) this.player.play();
  }

  // Wiring.

  listen() {
    const { model } = this;
    const on = (name, handler) => {
      const guarded = () => this.own !== name && handler(model.get(name));
      model.on(`change:${name}`, guarded);
      this.undone.push(() => model.off(`change:${name}`, guarded));
    };
    on("board", () => this.load());
    on("working", () => this.shotsChanged());
    on("selection", (ids) => this.select(ids || [], { silent: true }));
    on("editable", () => this.refreshBar());
    on("snap", () => this.refreshBar());
    on("theme", () => this.retheme());
    on("audio", (url) => this.player.load(url || ""));
    on("position", (seconds) => this.player.seek(seconds || 0));
    on("playing", (playing) => {
      if (!playing) this.player.pause();
      else if (!Player.speaking) this.player.play(); // else another view of it has begun
    });
    on("zoom", () => this.restoreView());
    on("scroll", () => this.restoreView());
    const heard = (message) => this.heard(message);
    model.on("msg:custom", heard);
    this.undone.push(() => model.off("msg:custom", heard));
    this.undone.push(watchTheme(() => this.retheme()));
    const sizes = new ResizeObserver(() => this.resize());
    sizes.observe(this.root);
    this.undone.push(() => sizes.disconnect());
    const keys = (event) => this.keyed(event);
    this.root.addEventListener("keydown", keys);
    document.addEventListener("keydown", keys);
    this.undone.push(() => document.removeEventListener("keydown", keys));
    this.root.addEventListener("focusin", (event) => this.focused(event));
    this.root.addEventListener("focusout", () => this.focused(null));
  }

  /** Set a trait and send it, without hearing of it ourselves. */
  put(values) {
    for (const [name, value] of Object.entries(values)) {
      this.own = name;
      this.model.set(name, value);
    }
    this.own = null;
    this.model.save_changes();
  }

  heard(message) {
    if (message.type === "seek") this.seek(message.seconds);
    else if (message.type === "play") this.player.play();
    else if (message.type === "pause") this.player.pause();
    else if (message.type === "settled") this.draft.done();
    else if (message.type === "refused") {
      this.draft.refused();
      this.tell(message.text, this.noteAt);
    }
  }

  destroy() {
    this.player.close();
    clearTimeout(this.noteTimer);
    clearTimeout(this.viewTimer);
    clearTimeout(this.reportTimer);
    cancelAnimationFrame(this.frame);
    for (const undo of this.undone) undo();
    this.root.remove();
  }

  // The board.

  load() {
    const board = this.model.get("board") || {};
    const first = !this.board.duration;
    this.board = board;
    this.grid = new Grid(board);
    this.wave.load(board);
    this.player.duration = board.duration || 0;
    this.view.resize(this.view.width, board.duration || 0);
    this.draft.settle(board, this.grid);
    this.stage.setAttribute("aria-label", board.title
      ? `Timeline of ${board.title}. Arrow keys move; question mark lists all keys.` : "Timeline");
    if (first && board.duration) this.restoreView();
    this.moved(this.player.at);
  }

  /** The shots are others, or look different. */
  shotsChanged() {
    const { shots } = this.draft;
    const ids = new Set(shots.map((shot) => shot.id));
    const left = [...this.selection].filter((id) => ids.has(id));
    if (left.length !== this.selection.size) this.select(left, {});
    this.active = Math.min(Math.max(this.active, 0), Math.max(shots.length - 1, 0));
    this.spoken.update(shots, this.spokenState());
    this.stage.tabIndex = shots.length ? -1 : 0;
    this.refreshBar();
    this.redraw(true);
  }

  spokenState() {
    return {
      grid: this.grid, sections: this.board.sections, working: this.working,
      selection: this.selection, active: this.active,
    };
  }

  refreshBar() {
    this.toolbar.state({
      snap: this.snap, editable: this.editable, undo: this.board.undo || this.draft.waiting,
      redo: this.board.redo, shots: this.draft.shots.length, selection: this.selection.size,
    });
  }

  // Playing.

  moved(seconds) {
    if (this.player.playing && this.view.x(seconds) > this.view.width * FOLLOW && this.follows) {
      this.view.scroll = seconds - this.view.span * 0.1;
      this.view.clamp();
      this.viewChanged();
    }
    this.follows = this.view.x(seconds) <= this.view.width && this.view.x(seconds) >= 0;
    this.toolbar.tell(this.grid.place(seconds), clock(seconds, 1));
    this.redrawOver();
    this.report();
    const { rate } = this.player;
    const detail = { seconds, playing: rate !== 0, rate };
    this.root.dispatchEvent(new CustomEvent("songreel:time", { bubbles: true, detail }));
  }

  /** Tell Python where the playhead is, four times a second at most, and where it rests. */
  report() {
    if (this.reportTimer) return;
    const send = () => {
      this.reportTimer = 0;
      const at = Math.round(this.player.at * 1000) / 1000;
      if (this.model.get("position") === at) return;
      this.put({ position: at });
      this.reportTimer = setTimeout(send, REPORT);
    };
    this.reportTimer = setTimeout(send, this.player.playing ? REPORT : 60);
  }

  playingChanged(playing) {
    this.toolbar.playing(playing);
    if (Boolean(this.model.get("playing")) !== playing) this.put({ playing });
    this.report();
    const { rate, at: seconds } = this.player;
    this.root.dispatchEvent(new CustomEvent("songreel:time", { bubbles: true, detail: { seconds, playing, rate } }));
  }

  seek(seconds) {
    this.player.seek(seconds);
  }

  /** Go to `seconds` and see it. */
  go(seconds) {
    this.player.seek(seconds);
    if (this.view.reveal(this.player.at, this.player.at)) this.viewChanged();
  }

  scrub(seconds) {
    this.player.scrub(seconds);
  }

  endScrub() {
    this.player.endScrub();
  }

  // Commands.

  run(command) {
    const { player, view, draft } = this;
    const edge = (way) => {
      const starts = draft.starts || [];
      const near = way > 0 ? starts.find((time) => time > player.at + 0.001) : starts.findLast((time) => time < player.at - 0.001);
      this.go(near ?? (way > 0 ? this.grid.duration : 0));
    };
    const actions = {
      toggle: () => (player.playing ? player.pause() : player.play()),
      play: () => player.play(),
      pause: () => player.pause(),
      forward: () => player.shuttle(1),
      reverse: () => player.shuttle(-1),
      "back-beat": () => this.go(this.grid.step(player.at, "beat", -1)),
      "on-beat": () => this.go(this.grid.step(player.at, "beat", 1)),
      "back-bar": () => this.go(this.grid.step(player.at, "bar", -1)),
      "on-bar": () => this.go(this.grid.step(player.at, "bar", 1)),
      "back-shot": () => edge(-1),
      "on-shot": () => edge(1),
      start: () => this.go(0),
      end: () => this.go(this.grid.duration),
      "shot-before": () => this.walk(-1, false),
      "shot-after": () => this.walk(1, false),
      "add-before": () => this.walk(-1, true),
      "add-after": () => this.walk(1, true),
      "select-all": () => this.select(draft.shots.map((shot) => shot.id)),
      "nudge-back": () => this.nudge(-1),
      "nudge-on": () => this.nudge(1),
      split: () => this.split(),
      merge: () => this.merge(),
      lock: () => this.lock(),
      "bar-one": () => this.regrid({ kind: "bar one", seconds: Number(player.at.toFixed(6)) }, "a bar begins at the playhead"),
      half: () => this.regrid({ kind: "half" }, "the tempo is halved"),
      double: () => this.regrid({ kind: "double" }, "the tempo is doubled"),
      snap: () => this.setSnap(LEVELS[(LEVELS.indexOf(this.snap) + 1) % LEVELS.length]),
      undo: () => this.editable && (this.board.undo || draft.waiting) && draft.submit({ type: "undo" }),
      redo: () => this.editable && this.board.redo && draft.submit({ type: "redo" }),
      "zoom-in": () => this.zoomAt(this.anchorX(), view.zoom * 1.5),
      "zoom-out": () => this.zoomAt(this.anchorX(), view.zoom / 1.5),
      fit: () => this.showSpan(0, view.duration),
      "zoom-selection": () => this.showSelection(),
      help: () => this.toolbar.help.showModal(),
      escape: () => this.escape(),
    };
    if (actions[command]) actions[command]();
    else if (view.duration) this.model.send({ type: "command", name: command, shots: this.meant() });
  }

  escape() {
    if (this.pointer.abandon()) return;
    if (!this.note.hidden) this.note.hidden = true;
    else if (this.selection.size) this.select([]);
  }

  /** Keys act while the focus is in the timeline, or anywhere on a page that asks for it. */
  keyed(event) {
    const inside = this.root.contains(event.target);
    if (event.currentTarget === document && inside) return; // heard already on its way up
    if (!inside && !this.root.closest("[data-global-keys]") && !this.root.hasAttribute("data-global-keys")) return;
    if (!this.root.isConnected || taken(event, event.target, this.stage)) return;
    const command = commandFor(event);
    if (!command || (event.repeat && ONCE.has(command))) return;
    event.preventDefault();
    event.stopPropagation();
    this.run(command);
  }

  focused(event) {
    const seen = event ? this.stage.contains(event.target) && event.target.matches(":focus-visible") : false;
    const index = event ? this.spoken.options.indexOf(event.target) : -1;
    if (index >= 0) this.active = index;
    this.focusSeen = seen;
    this.redraw();
  }

  focusStage() {
    if (this.stage.contains(document.activeElement)) return;
    if (this.draft.shots.length) this.spoken.focus(this.active);
    else this.stage.focus({ preventScroll: true });
  }

  /** Whether a plain wheel is meant for us. */
  get attentive() {
    return this.root.contains(document.activeElement) || this.root.closest("[data-global-keys]") !== null;
  }
}

function render({ model, el }) {
  const timeline = new Timeline(model, el);
  const end = () => timeline.destroy();
  end.timeline = timeline; // for measurements
  return end;
}

export default { render };
