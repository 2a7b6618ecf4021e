// What a hand does to a timeline: cuts moved, split, merged and locked; shots selected.

import { LEAST, objection, shotIndexAt } from "./edits.js";
import { laneAt } from "./layout.js";
import { Surface } from "./surface.js";

const FRAME = 1 / 24; // seconds of a nudge without snapping
const LOOK_ONLY = "this timeline is only to look at";

/** A surface whose `draft` is edited at the `player`'s playhead; both are set by who inherits. */
export class Hand extends Surface {
  get editable() {
    return this.model.get("editable") !== false;
  }

  /** To what cuts snap: as chosen; without a choice not at all where the grid is not trusted. */
  get snap() {
    const chosen = this.model.get("snap") || "beat";
    return !this.chose && this.grid.trust < 0.5 && chosen === "beat" ? "off" : chosen;
  }

  setSnap(level) {
    this.chose = true;
    this.put({ snap: level });
    this.refreshBar();
    this.spoken.say(level === "off" ? "cuts do not snap" : `cuts snap to ${level === "half" ? "half beats" : `${level}s`}`);
  }

  // Edits.

  /** Ask for one edit and show it at once; where it cannot be, say why at `time`. */
  ask(edit, said, time) {
    const why = this.editable ? objection(this.draft.shots, edit, this.grid) : LOOK_ONLY;
    this.noteAt = time;
    if (why) {
      this.tell(why, time);
      return false;
    }
    this.note.hidden = true; // what it said is past
    this.draft.submit({ type: "edit", edits: [edit] });
    this.spoken.say(said);
    return true;
  }

  /** The seconds between which cut `index` may lie. */
  bounds(index) {
    const { shots } = this.draft;
    return [shots[index - 1].start + LEAST, shots[index].end - LEAST];
  }

  mayCut(index) {
    const { shots } = this.draft;
    return this.editable && !shots[index].locked && !shots[index - 1].locked;
  }

  beginCut(index) {
    const shot = this.draft.shots[index];
    const edit = { kind: "move", shot: shot.id };
    const why = this.editable ? objection(this.draft.shots, edit, this.grid) : LOOK_ONLY;
    if (why) {
      this.tell(why, shot.start);
      return false;
    }
    this.drag = {
      shot: shot.id, index, from: shot.start, to: shot.start, level: this.snap,
      start: this.draft.shots[index - 1].start, end: shot.end,
    };
    this.point(null);
    this.redrawOver();
    return true;
  }

  moveCut(seconds, free) {
    const { drag } = this;
    if (!drag) return;
    drag.level = free ? "off" : this.snap;
    const [low, high] = this.bounds(drag.index);
    drag.to = this.grid.snap(Math.min(Math.max(seconds, low), high), drag.level, low, high) ?? drag.from;
    this.redrawOver();
  }

  endCut() {
    const { drag } = this;
    this.drag = null;
    this.redrawOver();
    if (drag && Math.abs(drag.to - drag.from) > 1e-6) this.move(drag.shot, drag.to);
  }

  dropCut() {
    this.drag = null;
    this.redrawOver();
  }

  move(shot, seconds) {
    const said = `${shot} begins at ${this.grid.say(seconds)}`;
    return this.ask({ kind: "move", shot, at: this.grid.anchor(seconds) }, said, seconds);
  }

  /** Move the start of the selected shot by a step of the snapping, for hands without a mouse. */
  nudge(way) {
    const { shots } = this.draft;
    const index = this.selection.size ? shots.findIndex((shot) => this.selection.has(shot.id)) : this.active;
    if (index < 1) {
      this.tell(shots.length ? `${shots[0].id} is the first shot: it begins with the song` : "There is no shot to move.", 0);
      return;
    }
    const [low, high] = this.bounds(index);
    const from = shots[index].start;
    const free = this.snap === "off" || !this.grid.moments(this.snap).length;
    const to = free ? this.grid.free(from + way * FRAME) : this.grid.step(from, this.snap, way);
    if (to < low - 1e-9 || to > high + 1e-9) {
      this.tell(`${shots[index].id} cannot begin there: a shot beside it would be too short`, from);
      return;
    }
    if (this.move(shots[index].id, to) && this.view.reveal(to, to)) this.viewChanged();
  }

  split() {
    const at = this.player.at;
    const shot = this.draft.shots[shotIndexAt(this.draft.shots, at)];
    if (!shot) return;
    const to = this.grid.snap(at, this.snap, shot.start + LEAST, shot.end - LEAST);
    if (to === null) {
      this.tell(`No ${this.snap} begins inside ${shot.id}: choose a finer snap with N to split it.`, at);
      return;
    }
    this.ask({ kind: "split", at: this.grid.anchor(to) }, `${shot.id} is split at ${this.grid.say(to)}`, to);
  }

  merge() {
    const gone = this.chosen();
    if (!gone.length) return;
    const first = this.draft.shots.findIndex((shot) => shot.id === gone[0]);
    const into = this.draft.shots[first - 1];
    const said = `${gone.join(", ")} merged into ${into?.id}`;
    if (this.ask({ kind: "merge", shots: gone }, said, this.draft.shots[first].start)) this.select([into.id], {});
  }

  lock() {
    const shots = this.chosen();
    if (!shots.length) return;
    const known = new Map(this.draft.shots.map((shot) => [shot.id, shot]));
    const locked = !shots.every((id) => known.get(id).locked);
    const said = `${shots.join(", ")} ${locked ? "locked" : "unlocked"}`;
    this.ask({ kind: "lock", shots, locked }, said, known.get(shots[0]).start);
  }

  regrid(change, said) {
    this.ask({ kind: "grid", change }, said, this.player.at);
  }

  /** Ids that a command is about: the selection, else the shot that has the focus, in order. */
  chosen() {
    const { shots } = this.draft;
    if (this.selection.size) return shots.filter((shot) => this.selection.has(shot.id)).map((shot) => shot.id);
    return this.focusSeen && shots[this.active] ? [shots[this.active].id] : [];
  }

  /** Shots for a host's command: as chosen, else the one at the playhead. */
  meant() {
    const chosen = this.chosen();
    const here = this.draft.shots[shotIndexAt(this.draft.shots, this.player.at)];
    return chosen.length || !here ? chosen : [here.id];
  }

  // Selection.

  select(ids, { silent = false } = {}) {
    this.selection = new Set(ids);
    if (!silent) this.put({ selection: [...ids] });
    this.spoken.mark(this.draft.shots, this.selection, this.active);
    this.refreshBar();
    this.redraw();
  }

  /** A shot was clicked: alone, added, or up to. */
  pick(index, { range = false, toggle = false }) {
    const { shots } = this.draft;
    if (index < 0) {
      this.select([]);
      return;
    }
    if (range) {
      const [from, to] = [Math.min(this.active, index), Math.max(this.active, index)];
      this.select(shots.slice(from, to + 1).map((shot) => shot.id));
      return;
    }
    this.active = index;
    const { id } = shots[index];
    const ids = new Set(toggle ? this.selection : []);
    if (toggle && ids.has(id)) ids.delete(id);
    else ids.add(id);
    this.select(shots.filter((shot) => ids.has(shot.id)).map((shot) => shot.id));
    this.spoken.focus(index);
  }

  /** To the shot before or after; the first time, to the one at the playhead. */
  walk(way, add) {
    const { shots } = this.draft;
    if (!shots.length) return;
    const here = shotIndexAt(shots, this.player.at);
    const next = this.selection.size || this.walked ? this.active + way : here;
    this.walked = true;
    this.active = Math.min(Math.max(next, 0), shots.length - 1);
    const shot = shots[this.active];
    this.select(add ? [...new Set([...this.selection, shot.id])] : [shot.id]);
    this.spoken.focus(this.active);
    if (this.view.reveal(shot.start, Math.min(shot.end, shot.start + this.view.span * 0.8))) this.viewChanged();
  }

  // Where the pointer is.

  hit(x, y, reach, touch) {
    const lane = laneAt(this.lanes, y);
    const time = Math.min(Math.max(this.view.time(x), 0), this.view.duration);
    const { draft } = this;
    const found = { lane, time, shot: -1, cut: 0 };
    if (lane !== "shots" || !draft.shots.length) return found;
    found.shot = shotIndexAt(draft.shots, time);
    if (!reach || !this.editable) return found;
    const cut = draft.cutNear(this.view.time(x));
    if (!cut) return found;
    const away = Math.abs(this.view.x(draft.starts[cut]) - x);
    const { start, end } = draft.shots[found.shot];
    const room = touch ? reach : Math.min(reach, ((end - start) * this.view.zoom) / 3);
    // A finger moves the cuts of a selected shot alone: elsewhere it pans.
    const meant = !touch || [draft.shots[cut], draft.shots[cut - 1]].some((shot) => this.selection.has(shot.id));
    if (meant && away <= room) found.cut = cut;
    return found;
  }

  point(x, hit = null) {
    const hovered = hit?.lane === "shots" ? hit.shot : -1;
    this.nearCut = hit?.cut && this.mayCut(hit.cut) ? hit.cut : 0;
    if (hovered !== this.hovered) {
      this.hovered = hovered;
      this.redraw();
    }
    this.pointerX = x;
    this.redrawOver();
  }
}
