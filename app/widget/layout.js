// Where things lie: the window onto the song, the lanes, and how much detail a zoom shows.

export const MOST_ZOOM = 1600; // pixels a second: a frame of 24 a second is 67 wide

/** The window onto the song: `scroll` seconds at its left edge, `zoom` pixels a second. */
export class View {
  constructor() {
    this.width = 1;
    this.duration = 0;
    this.zoom = 0;
    this.scroll = 0;
    this.fitted = true; // keeps showing the whole song when the width changes
  }

  get least() {
    return this.duration > 0 ? this.width / this.duration : 1;
  }

  get span() {
    return this.width / this.zoom;
  }

  get end() {
    return this.scroll + this.span;
  }

  x(seconds) {
    return (seconds - this.scroll) * this.zoom;
  }

  time(x) {
    return this.scroll + x / this.zoom;
  }

  resize(width, duration) {
    this.width = Math.max(1, width);
    this.duration = duration;
    if (this.fitted) this.zoom = this.least;
    this.clamp();
  }

  clamp() {
    this.zoom = Math.min(Math.max(this.zoom, this.least), Math.max(MOST_ZOOM, this.least));
    this.fitted = this.zoom <= this.least * 1.0001;
    this.scroll = Math.min(Math.max(this.scroll, 0), Math.max(0, this.duration - this.span));
  }

  /** Zoom so that what is at `x` stays there. */
  zoomAt(x, zoom) {
    const at = this.time(x);
    this.zoom = zoom;
    this.clamp();
    this.scroll = at - x / this.zoom;
    this.clamp();
  }

  show(start, end, margin = 0.06) {
    const span = Math.max(end - start, 0.05) * (1 + 2 * margin);
    this.zoom = this.width / span;
    this.clamp();
    this.scroll = (start + end - this.span) / 2;
    this.clamp();
  }

  /** Scroll no further than it takes to see [start, end]; true where it moved. */
  reveal(start, end, margin = 24) {
    const before = this.scroll;
    const room = margin / this.zoom;
    if (end + room > this.end) this.scroll = end + room - this.span;
    if (start - room < this.scroll) this.scroll = start - room;
    this.clamp();
    return this.scroll !== before;
  }
}

/** Tops and heights of the lanes in a stage `height` pixels high. */
export function lanesOf(height, narrow) {
  const fixed = { ruler: narrow ? 34 : 36, sections: 24, events: 18 };
  const rest = Math.max(108, height - fixed.ruler - fixed.sections - fixed.events - 6);
  const heights = { ...fixed, wave: Math.round(rest * 0.42), shots: 0 };
  heights.shots = rest - heights.wave;
  const lanes = {};
  let top = 0;
  for (const name of ["ruler", "sections", "events", "wave", "shots"]) {
    if (name === "shots") top += 4;
    lanes[name] = { top, height: heights[name], bottom: top + heights[name] };
    top += heights[name];
  }
  lanes.height = top + 2;
  return lanes;
}

export function laneAt(lanes, y) {
  for (const name of ["ruler", "sections", "events", "wave"]) if (y < lanes[name].bottom) return name;
  return "shots";
}

const SECOND_STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];

/** Seconds between labels at least `gap` pixels apart, and the decimals they need. */
export function secondStep(zoom, gap = 76) {
  const step = SECOND_STEPS.find((value) => value * zoom >= gap) || 1200;
  return { step, digits: step >= 1 ? 0 : step >= 0.1 ? 1 : 2 };
}

/** Bars between labels at least `gap` pixels apart: a power of two, as phrases go. */
export function barStep(pixelsPerBar, gap = 46) {
  let step = 1;
  while (step * pixelsPerBar < gap) step *= 2;
  return step;
}

/** How strongly lines `spacing` pixels apart are drawn: 0 where they would be a blur. */
export function lineStrength(spacing, from = 5, full = 14) {
  return Math.min(Math.max((spacing - from) / (full - from), 0), 1);
}

/** What of a shot there is room for in a box `width` pixels wide. */
export function shotDetail(width) {
  if (width < 5) return "sliver";
  if (width < 26) return "block";
  return width < 64 ? "label" : "card";
}
