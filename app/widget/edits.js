// Edits that are shown at once and settled by the server: one is asked at a time, the rest wait.

import { leading, lowerBound } from "./grid.js";

export const LEAST = 0.1; // seconds of the shortest shot, as the plan has it
const PATIENCE = 6000; // ms after which an answer is not waited for any more

/** Why `edit` cannot be done to `shots`, in one sentence; empty where it can. */
export function objection(shots, edit, grid) {
  const place = (id) => shots.findIndex((shot) => shot.id === id);
  const locked = (shot, what) =>
    shot.locked ? `${shot.id} is locked: unlock it with X before ${what}` : "";
  if (edit.kind === "move") {
    const index = place(edit.shot);
    if (index === 0) return `${edit.shot} is the first shot: it begins with the song`;
    return locked(shots[index], "it is moved") || locked(shots[index - 1], "its end is moved");
  }
  if (edit.kind === "merge") {
    for (const id of edit.shots) {
      const index = place(id);
      if (index === 0) return `${id} is the first shot: there is none before it to go into`;
      const held = locked(shots[index], "it is merged") || locked(shots[index - 1], `${id} goes into it`);
      if (held) return held;
    }
  }
  if (edit.kind === "split") {
    const time = grid.resolve(edit.at);
    const shot = shots[shotIndexAt(shots, time)];
    if (!shot) return "there is no shot to split here";
    if (time - shot.start < LEAST || shot.end - time < LEAST) {
      return `${shot.id} begins or ends here: a shot lasts ${LEAST} s at least`;
    }
    return locked(shot, "it is split");
  }
  return "";
}

/** Index of the shot that is seen at `seconds`; −1 without shots. */
export function shotIndexAt(shots, seconds) {
  if (!shots.length) return -1;
  return Math.max(0, leading(shots, (shot) => shot.start <= seconds) - 1);
}

/** `shots` after `edit`, as the server is expected to answer; others than cuts change nothing. */
export function applied(shots, edit, grid) {
  if (edit.kind === "lock") {
    const chosen = new Set(edit.shots);
    const locked = edit.locked !== false;
    return shots.map((shot) => (chosen.has(shot.id) ? { ...shot, locked } : shot));
  }
  if (edit.kind === "move") {
    const index = shots.findIndex((shot) => shot.id === edit.shot);
    const time = grid.resolve(edit.at);
    if (index < 1 || time === null) return shots;
    return shots.map((shot, i) => {
      if (i === index) return { ...shot, start: time, at: edit.at };
      return i === index - 1 ? { ...shot, end: time } : shot;
    });
  }
  if (edit.kind === "merge") {
    const gone = new Set(edit.shots);
    const left = [];
    for (const shot of shots) {
      if (gone.has(shot.id) && left.length) left[left.length - 1] = { ...left[left.length - 1], end: shot.end };
      else left.push(shot);
    }
    return left;
  }
  if (edit.kind === "split") {
    const time = grid.resolve(edit.at);
    const index = time === null ? -1 : shotIndexAt(shots, time);
    const shot = shots[index];
    if (!shot || time <= shot.start || time >= shot.end) return shots;
    const fresh = {
      ...shot, id: `${shot.id}+`, start: time, at: edit.at, transition: "cut",
      transition_seconds: 0, state: "none", thumb: null, take: null, takes: 0, locked: false,
    };
    return [...shots.slice(0, index), { ...shot, end: time }, fresh, ...shots.slice(index + 1)];
  }
  return shots;
}

/** The board as the server has it, with the edits that it has not answered yet on top.

    Asks through `send(message)`; `changed()` is called whenever `shots` are others. */
export class Draft {
  constructor(send, changed) {
    this.send = send;
    this.changed = changed;
    this.board = {};
    this.grid = null;
    this.shots = [];
    this.queue = [];
    this.asked = false;
    this.timer = 0;
  }

  get waiting() {
    return this.queue.length > 0;
  }

  /** A board from the server: it answers what was asked, and what still waits is laid over it. */
  settle(board, grid) {
    const other = board.revision !== this.board.revision;
    this.board = board;
    this.grid = grid;
    if (this.asked && other) this.answered();
    this.lay();
    this.next();
  }

  /** What was asked has been done, whether or not it changed the board. */
  done() {
    if (!this.asked) return;
    this.answered();
    this.lay();
    this.next();
  }

  /** What was asked was refused: it and all that was built on it is taken back. */
  refused() {
    this.stop();
    this.queue = [];
    this.lay();
  }

  /** Show an edit and ask for it, or ask for `undo` or `redo`. */
  submit(message) {
    this.queue.push(message);
    this.lay();
    this.next();
  }

  answered() {
    this.stop();
    this.queue.shift();
  }

  stop() {
    clearTimeout(this.timer);
    this.asked = false;
  }

  next() {
    if (this.asked || !this.queue.length) return;
    const message = this.queue[0];
    this.asked = true;
    this.timer = setTimeout(() => this.done(), PATIENCE);
    this.send(message.type === "edit" ? { ...message, revision: this.board.revision } : message);
  }

  lay() {
    this.shots = this.queue.reduce(
      (shots, message) => (message.edits || []).reduce((now, edit) => applied(now, edit, this.grid), shots),
      this.board.shots || [],
    );
    this.starts = this.shots.map((shot) => shot.start);
    this.changed();
  }

  /** Index of the cut nearest to `seconds`, from 1; 0 where there is none. */
  cutNear(seconds) {
    const right = lowerBound(this.starts, seconds);
    const around = [right - 1, right].filter((i) => i > 0 && i < this.starts.length);
    if (!around.length) return 0;
    const far = (i) => Math.abs(this.starts[i] - seconds);
    return around.reduce((best, i) => (far(i) < far(best) ? i : best));
  }
}
