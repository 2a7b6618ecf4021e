// Mouse, pen and fingers on the lanes: pan, zoom, scrub, select, drag cuts.

const GRAB = 6; // pixels beside a cut at which a mouse takes hold of it
const FINGER = 18; // the same for a finger
const STILL = 4; // pixels a pointer may stray and still have clicked
const EDGE_ZONE = 28; // pixels from the stage's sides at which a drag scrolls it
const FRICTION = 0.94; // of a flick's speed that is left after a frame

/** Turns pointer events on `stage` into calls of `host`. */
export class Pointer {
  constructor(stage, host) {
    this.stage = stage;
    this.host = host;
    this.down = new Map();
    this.mode = null;
    this.flick = 0;
    stage.addEventListener("pointerdown", (event) => this.pressed(event));
    stage.addEventListener("pointermove", (event) => this.moved(event));
    stage.addEventListener("pointerup", (event) => this.released(event));
    stage.addEventListener("pointercancel", (event) => this.cancelled(event));
    stage.addEventListener("pointerleave", () => this.host.point(null));
    stage.addEventListener("dblclick", (event) => this.doubled(event));
    stage.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
  }

  at(event) {
    const box = this.stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  pressed(event) {
    if (event.button || !this.host.view.duration) return;
    const { x, y } = this.at(event);
    this.stopFlick();
    this.stage.setPointerCapture(event.pointerId);
    this.down.set(event.pointerId, { x, y });
    this.host.focusStage();
    if (this.down.size === 2) {
      this.abandon();
      this.mode = { kind: "pinch", ...this.pinch() };
      return;
    }
    if (this.down.size > 2) return;
    const touch = event.pointerType === "touch";
    const hit = this.host.hit(x, y, touch ? FINGER : GRAB, touch);
    this.mode = { kind: "press", x, y, hit, scroll: this.host.view.scroll, touch, speed: 0 };
    if (hit.lane === "ruler") {
      this.mode.kind = "scrub";
      this.host.scrub(hit.time);
    } else if (hit.cut) {
      if (this.host.beginCut(hit.cut)) this.mode.kind = "cut";
      else this.mode.kind = "refused";
    }
    event.preventDefault();
  }

  pinch() {
    const [a, b] = [...this.down.values()];
    return { middle: (a.x + b.x) / 2, gap: Math.max(Math.hypot(a.x - b.x, a.y - b.y), 8) };
  }

  moved(event) {
    const { x, y } = this.at(event);
    const mode = this.mode;
    if (!this.down.has(event.pointerId)) {
      if (event.pointerType !== "touch" && !mode) this.hover(x, y);
      return;
    }
    const before = this.down.get(event.pointerId);
    this.down.set(event.pointerId, { x, y });
    if (!mode) return;
    if (mode.kind === "pinch") {
      const now = this.pinch();
      this.host.zoomAt(mode.middle, this.host.view.zoom * (now.gap / mode.gap));
      this.host.scrollTo(this.host.view.scroll - (now.middle - mode.middle) / this.host.view.zoom);
      Object.assign(mode, now);
    } else if (mode.kind === "scrub") {
      this.nearEdge(x);
      this.host.scrub(this.host.view.time(x));
    } else if (mode.kind === "cut") {
      this.nearEdge(x);
      this.host.moveCut(this.host.view.time(x), event.altKey);
      mode.last = { x, altKey: event.altKey };
    } else if (mode.kind === "press" && Math.hypot(x - mode.x, y - mode.y) > STILL) {
      mode.kind = "pan";
    }
    if (mode.kind === "pan") {
      this.host.scrollTo(mode.scroll - (x - mode.x) / this.host.view.zoom);
      mode.speed = 0.6 * mode.speed + 0.4 * (x - before.x);
      this.stage.style.cursor = "grabbing";
    }
  }

  hover(x, y) {
    const hit = this.host.hit(x, y, GRAB, false);
    const cursor = hit.cut ? (this.host.mayCut(hit.cut) ? "ew-resize" : "not-allowed") : "";
    this.stage.style.cursor = cursor || (hit.lane === "ruler" ? "col-resize" : "default");
    this.host.point(x, hit);
  }

  released(event) {
    const { x, y } = this.at(event);
    this.down.delete(event.pointerId);
    const mode = this.mode;
    if (mode?.kind === "pinch") {
      // The finger that stays goes on panning from where it is.
      const rest = [...this.down.values()][0];
      this.mode = rest ? { kind: "pan", ...rest, scroll: this.host.view.scroll, speed: 0 } : null;
      return;
    }
    this.mode = null;
    this.nearEdge(null);
    if (mode?.kind === "press") this.clicked(mode, event);
    else if (mode?.kind === "scrub") this.host.endScrub();
    else if (mode?.kind === "cut") this.host.endCut();
    else if (mode?.kind === "pan" && mode.touch) this.throwOn(mode.speed);
    if (event.pointerType !== "touch") this.hover(x, y);
  }

  clicked(mode, event) {
    const { hit } = mode;
    if (hit.lane !== "shots") this.host.seek(hit.time);
    else if (hit.shot >= 0) {
      this.host.pick(hit.shot, { range: event.shiftKey, toggle: event.ctrlKey || event.metaKey });
    } else this.host.pick(-1, {});
  }

  doubled(event) {
    const { x, y } = this.at(event);
    const hit = this.host.hit(x, y, 0, false);
    if (hit.lane === "shots" && hit.shot >= 0) this.host.run("edit-prompt");
    else if (hit.lane === "sections") this.host.showSection(hit.time);
  }

  cancelled(event) {
    this.down.delete(event.pointerId);
    this.abandon();
  }

  /** Take back what is being dragged. */
  abandon() {
    if (this.mode?.kind === "cut") this.host.dropCut();
    if (this.mode?.kind === "scrub") this.host.endScrub();
    this.nearEdge(null);
    const busy = this.mode !== null;
    this.mode = null;
    return busy;
  }

  /** A drag near the stage's sides scrolls it, faster further out. */
  nearEdge(x) {
    const { view } = this.host;
    const out = x === null ? 0 : Math.min(x - EDGE_ZONE, 0) || Math.max(x - view.width + EDGE_ZONE, 0);
    this.edge = { x, speed: out * 0.35 };
    if (!out || this.edgeFrame) return;
    const step = () => {
      this.edgeFrame = 0;
      if (!this.edge.speed || !this.mode) return;
      this.host.scrollTo(view.scroll + this.edge.speed / view.zoom);
      const time = view.time(this.edge.x);
      if (this.mode.kind === "cut") this.host.moveCut(time, this.mode.last?.altKey);
      else if (this.mode.kind === "scrub") this.host.scrub(time);
      this.edgeFrame = requestAnimationFrame(step);
    };
    this.edgeFrame = requestAnimationFrame(step);
  }

  /** A flick goes on and slows down, unless the reader asked for less motion. */
  throwOn(speed) {
    if (this.host.calm || Math.abs(speed) < 2) return;
    const step = () => {
      speed *= FRICTION;
      this.host.scrollTo(this.host.view.scroll - speed / this.host.view.zoom);
      this.flick = Math.abs(speed) > 0.3 ? requestAnimationFrame(step) : 0;
    };
    this.flick = requestAnimationFrame(step);
  }

  stopFlick() {
    cancelAnimationFrame(this.flick);
    this.flick = 0;
  }

  /** Wheel and trackpad: sideways pans; up and down zooms around the pointer. Without the focus a
      plain wheel is left to the page, which could not be scrolled past the timeline otherwise. */
  wheeled(event) {
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? this.host.view.width : 1;
    let [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.shiftKey && !dx) [dx, dy] = [dy, 0];
    const pinched = event.ctrlKey || event.metaKey;
    const sideways = Math.abs(dx) > Math.abs(dy);
    if (!pinched && !sideways && !this.host.attentive) return;
    event.preventDefault();
    this.stopFlick();
    if (sideways) this.host.scrollTo(this.host.view.scroll + dx / this.host.view.zoom);
    else this.host.zoomAt(this.at(event).x, this.host.view.zoom * Math.exp(-dy * (pinched ? 0.01 : 0.0022)));
  }
}
