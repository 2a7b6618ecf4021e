// Draws the lanes. Only what the view shows is drawn, in as much detail as there is room for.

import { clock, lowerBound } from "./grid.js";
import { barStep, lineStrength, secondStep } from "./layout.js";
import { css, mix } from "./palette.js";
import { snapped } from "./wave.js";

/** How much of its colour a section's block has: the more energy, the more. */
export const sectionShare = (palette, energy) => (palette.dark ? 0.2 : 0.16) + 0.22 * energy;

/** Draws everything but the shots, which `ShotPainter` adds. */
export class Painter {
  constructor() {
    this.texts = new Map();
  }

  type(size, weight = 400) {
    return `${weight} ${size}px ${this.palette.font}`;
  }

  /** `text`, with an ellipsis where it is wider than `room`; empty where next to nothing fits. */
  fitted(text, room) {
    const key = `${this.ctx.font}|${Math.floor(room / 4)}|${text}`;
    let found = this.texts.get(key);
    if (found === undefined) {
      found = this.shortened(text, room);
      if (this.texts.size > 4000) this.texts.clear();
      this.texts.set(key, found);
    }
    return found;
  }

  shortened(text, room) {
    if (this.ctx.measureText(text).width <= room) return text;
    let low = 0;
    let high = text.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.ctx.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
      else high = middle - 1;
    }
    return low > 1 ? `${text.slice(0, low).trimEnd()}…` : "";
  }

  line(x, top, height, color, width = 1) {
    this.ctx.fillStyle = color;
    this.ctx.fillRect(snapped(x - width / 2, this.ratio), top, width, height);
  }

  /** Everything that does not move with the playhead. Returns true where a finer picture is due. */
  draw(ctx, scene) {
    Object.assign(this, scene, { ctx });
    const { palette, lanes, view } = scene;
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ctx.textBaseline = "middle";
    ctx.fillStyle = css(palette.bg);
    ctx.fillRect(0, 0, view.width, lanes.height + 4);
    ctx.fillStyle = css(palette.panel);
    ctx.fillRect(0, 0, view.width, lanes.ruler.bottom);
    ctx.fillRect(0, lanes.shots.top - 2, view.width, lanes.shots.height + 4);
    if (!view.duration) {
      ctx.font = this.type(13);
      ctx.fillStyle = css(palette.soft);
      ctx.fillText("No song yet.", 12, lanes.wave.top + lanes.wave.height / 2);
      return false;
    }
    this.wave.colors = palette.section;
    const due = this.wave.draw(ctx, view, lanes.wave, scene);
    this.drawRuler();
    this.drawSections();
    this.drawGrid();
    this.drawEvents();
    this.drawShots();
    return due;
  }

  /** Times of `list` that are seen, or begin up to `before` pixels to the left: [index, time]. */
  *seen(list, before = 0) {
    const { view } = this;
    const from = view.scroll - before / view.zoom - 1e-6;
    for (let i = lowerBound(list, from); i < list.length && list[i] <= view.end; i += 1) yield [i, list[i]];
  }

  drawGrid() {
    const { grid, view, lanes, palette } = this;
    if (grid.empty) return;
    const spacing = grid.period * view.zoom;
    const top = lanes.events.top;
    const height = lanes.wave.bottom - top;
    const half = lineStrength(spacing / 2, 26, 60);
    const beat = lineStrength(spacing, 6, 16);
    const bar = lineStrength(spacing * grid.perBar, 6, 18);
    if (half > 0) {
      const color = css(palette.beat, 0.22 * half);
      for (const [, time] of this.seen(grid.moments("half"))) this.line(view.x(time), top, height, color);
    }
    if (beat > 0) {
      const color = css(palette.beat, 0.3 * beat);
      for (const [, time] of this.seen(grid.beats)) this.line(view.x(time), top, height, color);
    }
    if (bar > 0) {
      const color = css(palette.beat, 0.62 * bar);
      for (const [, time] of this.seen(grid.bars)) this.line(view.x(time), top, height, color);
    }
    const phraseGap = (view.duration / Math.max(grid.phrases.length, 1)) * view.zoom;
    const phrase = lineStrength(phraseGap, 5, 16);
    for (const [, time] of this.seen(grid.phrases)) {
      const x = view.x(time);
      this.line(x, top, height, css(palette.phrase, 0.3 + 0.5 * phrase));
      if (phrase > 0.5) this.diamond(x, lanes.ruler.bottom - 1, 3.5, css(palette.phrase));
    }
  }

  diamond(x, y, size, color) {
    const { ctx } = this;
    ctx.fillStyle = color;
    ctx.beginPath();
    ctx.moveTo(x, y - size);
    ctx.lineTo(x + size, y);
    ctx.lineTo(x, y + size);
    ctx.lineTo(x - size, y);
    ctx.fill();
  }

  /** Seconds above, bars below where they meet the grid's lines. */
  drawRuler() {
    const { ctx, grid, view, lanes, palette } = this;
    const { bottom } = lanes.ruler;
    const { step, digits } = secondStep(view.zoom);
    ctx.font = this.type(10);
    for (let i = Math.ceil(view.scroll / step - 0.9); i * step <= view.end; i += 1) {
      const x = view.x(i * step);
      this.line(x, 0, 5, css(palette.soft, 0.45));
      const name = clock(i * step, digits);
      if (x + 4 + ctx.measureText(name).width > view.x(view.duration)) continue; // cut off for good
      ctx.fillStyle = css(palette.soft);
      ctx.fillText(name, x + 4, 8.5);
    }
    ctx.fillStyle = css(palette.line);
    ctx.fillRect(0, bottom - 1, view.width, 1);
    if (grid.empty) return;
    const perBar = grid.period * grid.perBar * view.zoom;
    const bars = barStep(perBar);
    const ticks = lineStrength(perBar, 4, 10);
    let free = -Infinity;
    ctx.font = this.type(11, 600);
    for (const [i, time] of this.seen(grid.bars, 40)) {
      const x = view.x(time);
      const named = i % bars === 0;
      if (named) this.line(x, bottom - 16, 16, css(palette.soft, 0.6));
      else if (ticks > 0) this.line(x, bottom - 5, 5, css(palette.soft, 0.55 * ticks));
      const name = String(i + 1);
      const end = x + 5 + ctx.measureText(name).width;
      if (!named || x < free || end > view.x(view.duration)) continue;
      ctx.fillStyle = css(palette.text);
      ctx.fillText(name, x + 5, bottom - 10);
      free = end + 4;
    }
    if (grid.period * view.zoom > 52) this.drawBeatNames(bottom - 10);
  }

  drawBeatNames(y) {
    const { ctx, grid, view, palette } = this;
    ctx.font = this.type(10);
    for (const [i, time] of this.seen(grid.beats, 40)) {
      const [bar, beat] = grid.barAndBeat(i);
      if (beat === 1 && bar > 0) continue;
      this.line(view.x(time), y + 5, 5, css(palette.soft, 0.4));
      ctx.fillStyle = css(palette.soft);
      ctx.fillText(`${bar}.${beat}`, view.x(time) + 5, y);
    }
  }

  drawSections() {
    const { ctx, view, lanes, palette } = this;
    const lane = lanes.sections;
    for (const section of this.board.sections || []) {
      if (section.end < view.scroll || section.start > view.end) continue;
      const left = snapped(view.x(section.start), this.ratio);
      const right = snapped(view.x(section.end), this.ratio);
      const color = palette.section[section.label] || palette.section.section;
      const fill = mix(palette.bg, color, sectionShare(palette, section.energy));
      ctx.fillStyle = palette.forced ? css(palette.bg) : css(fill);
      ctx.fillRect(left, lane.top + 1, Math.max(right - left - 1, 1), lane.height - 2);
      ctx.fillStyle = css(palette.forced ? palette.text : color);
      const level = Math.max(3, (lane.height - 2) * section.energy);
      ctx.fillRect(left, lane.bottom - 1 - level, 3, level);
      const from = Math.max(left, 0) + 9;
      const room = Math.min(right, view.width) - from - 4;
      if (room < 12) continue;
      const middle = lane.top + lane.height / 2 + 0.5;
      ctx.font = this.type(11, 600);
      ctx.fillStyle = css(palette.text);
      const name = this.fitted(section.label, room - 14);
      if (name) {
        ctx.fillText(name, from, middle);
        const width = ctx.measureText(name).width;
        ctx.font = this.type(11);
        if (room > width + 14) ctx.fillText(section.letter, from + width + 6, middle);
      } else ctx.fillText(section.letter, from, middle);
    }
  }

  drawEvents() {
    const { ctx, view, lanes, palette } = this;
    const lane = lanes.events;
    const middle = lane.top + lane.height / 2;
    ctx.font = this.type(10, 600);
    let free = -Infinity;
    for (const event of this.board.events || []) {
      if (event.end < view.scroll - 60 / view.zoom || event.start > view.end) continue;
      const left = view.x(event.start);
      const right = view.x(event.end);
      const color = event.kind === "drop" ? palette.bad : event.kind === "build" ? palette.warn : palette.soft;
      if (event.kind === "drop") {
        ctx.fillStyle = css(color);
        ctx.beginPath();
        ctx.moveTo(left - 5, lane.top + 3);
        ctx.lineTo(left + 5, lane.top + 3);
        ctx.lineTo(left, lane.bottom - 3);
        ctx.fill();
        this.line(left, lane.bottom - 3, lanes.wave.height + 3, css(color, 0.85), 1.5);
      } else if (event.kind === "build") {
        ctx.fillStyle = css(color, 0.5);
        ctx.beginPath();
        ctx.moveTo(left, lane.bottom - 3);
        ctx.lineTo(right, lane.top + 3);
        ctx.lineTo(right, lane.bottom - 3);
        ctx.fill();
      } else {
        ctx.fillStyle = css(color, 0.4);
        ctx.fillRect(left, middle - 2, Math.max(right - left, 2), 4);
      }
      const at = event.kind === "drop" ? left + 8 : left + 4;
      const width = ctx.measureText(event.kind).width;
      if (at < free || (event.kind !== "drop" && right - left < width + 8)) continue;
      ctx.fillStyle = css(palette.text);
      ctx.fillText(event.kind, at, middle + 0.5);
      free = at + width + 6;
    }
  }
}
