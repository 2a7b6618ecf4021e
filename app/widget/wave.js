// The waveform and the energy curve: peaks halved into levels, drawn once into tiles.

import { css, mix } from "./palette.js";

const TILE = 512; // CSS pixels
const KEPT = 40; // tiles
const DRAWN = ["waveform", "energy", "energy_rate", "sections", "duration"]; // of a board
const SETTLED = 140; // ms without zooming after which tiles are drawn at the very zoom

/** Peaks at half the rate, again and again: each level's value covers two of the one below. */
export function pyramid(waveform) {
  const levels = [{ rate: waveform.rate, low: Int8Array.from(waveform.low), high: Int8Array.from(waveform.high) }];
  while (levels[levels.length - 1].low.length > 256) {
    const { rate, low, high } = levels[levels.length - 1];
    const count = Math.ceil(low.length / 2);
    const next = { rate: rate / 2, low: new Int8Array(count), high: new Int8Array(count) };
    for (let i = 0; i < count; i += 1) {
      const j = Math.min(2 * i + 1, low.length - 1);
      next.low[i] = Math.min(low[2 * i], low[j]);
      next.high[i] = Math.max(high[2 * i], high[j]);
    }
    levels.push(next);
  }
  return levels;
}

/** The coarsest level that has a value for each of `zoom` pixels a second, or the finest. */
export function levelFor(levels, zoom) {
  let found = levels[0];
  for (const level of levels) if (level.rate >= zoom) found = level;
  return found;
}

export class Wave {
  constructor() {
    this.tiles = new Map();
    this.levels = [];
    this.board = {};
    this.zoom = 0;
    this.changedAt = 0;
  }

  load(board) {
    const other = DRAWN.some((name) => board[name] !== this.board[name]);
    if (board.waveform !== this.board.waveform) this.levels = board.waveform ? pyramid(board.waveform) : [];
    this.board = board;
    if (other) this.tiles.clear();
  }

  clear() {
    this.tiles.clear();
  }

  /** Draw what `view` shows into the lane. While zooming, tiles of a zoom nearby are stretched;
      returns true where finer ones are due once the zoom rests. */
  draw(ctx, view, lane, look) {
    const now = performance.now();
    if (view.zoom !== this.zoom) {
      const jump = !this.zoom || now - this.changedAt > 400;
      this.zoom = view.zoom;
      this.changedAt = jump ? 0 : now;
    }
    const moving = now - this.changedAt < SETTLED;
    const near = 2 ** (Math.round(Math.log2(view.zoom) * 2) / 2);
    const zoom = moving ? near : view.zoom;
    const key = `${lane.height}|${look.ratio}|${zoom}`;
    const span = TILE / zoom;
    const first = Math.floor(view.scroll / span);
    const last = Math.min(Math.floor(view.end / span), Math.floor((this.board.duration || 0) / span));
    for (let index = first; index <= last; index += 1) {
      const tile = this.tile(`${key}|${index}`, index * span, zoom, lane.height, look);
      const left = snapped(view.x(index * span), look.ratio);
      const right = snapped(view.x((index + 1) * span), look.ratio);
      ctx.drawImage(tile, left, lane.top, right - left, lane.height);
    }
    return moving;
  }

  tile(key, start, zoom, height, look) {
    let tile = this.tiles.get(key);
    if (tile) {
      this.tiles.delete(key); // the latest used goes last
    } else {
      tile = document.createElement("canvas");
      tile.width = Math.round(TILE * look.ratio);
      tile.height = Math.round(height * look.ratio);
      this.paint(tile.getContext("2d"), start, zoom, tile.width, tile.height, look);
      if (this.tiles.size >= KEPT) this.tiles.delete(this.tiles.keys().next().value);
    }
    this.tiles.set(key, tile);
    return tile;
  }

  /** All sizes in device pixels. Pixels are set one by one, row by row: Chromium's software
      rasteriser takes ten times as long for a path or for rectangles of as many columns. */
  paint(ctx, start, zoom, width, height, look) {
    const { palette, ratio } = look;
    const scale = zoom * ratio;
    const end = Math.min(start + width / scale, this.board.duration);
    if (this.image?.width !== width || this.image?.height !== height) this.allot(width, height);
    const { pixels, tops, bottoms, curve, tints } = this;
    const used = Math.min(Math.round((end - start) * scale), width);
    tops.fill(height);
    bottoms.fill(0);
    this.findCurve(curve, start, scale, height, ratio, used);
    for (const span of this.spans(start, end)) {
      const tint = palette.forced ? palette.text : mix(palette.wave, span.color || palette.wave, 0.72);
      this.findPeaks(start, span, scale, height, ratio, used, packed(tint, 1));
    }
    const area = packed(palette.energy, palette.dark ? 0.13 : 0.16);
    for (let y = 0, at = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, at += 1) {
        if (y >= tops[x] && y < bottoms[x]) pixels[at] = tints[x];
        else pixels[at] = y >= curve[x] ? area : 0;
      }
    }
    this.softenPeaks(width, height, used);
    if (used > 1 && curve[0] < height) this.drawCurve(width, height, used, palette.energy, 0.75 * ratio);
    ctx.putImageData(this.image, 0, 0);
  }

  /** Room for the columns of a tile: where peaks begin and end, the curve, and colours. */
  allot(width, height) {
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.tints = new Uint32Array(width);
    [this.tops, this.bottoms, this.curve] = [0, 1, 2].map(() => new Float32Array(width + 1));
  }

  /** Stretches of one colour: the sections, and what no section covers. */
  *spans(start, end) {
    let at = start;
    for (const section of this.board.sections || []) {
      if (section.end <= at || section.start >= end) continue;
      if (section.start > at) yield { start: at, end: section.start };
      const until = Math.min(section.end, end);
      yield { start: Math.max(at, section.start), end: until, color: this.colors?.[section.label] };
      at = until;
    }
    if (at < end) yield { start: at, end };
  }

  findPeaks(start, span, scale, height, ratio, used, tint) {
    if (!this.levels.length) return;
    const { tops, bottoms, tints } = this;
    const level = levelFor(this.levels, scale / ratio);
    const middle = height / 2;
    const reach = (height / 2 - 2 * ratio) / 127;
    const to = Math.min(Math.round((span.end - start) * scale), used);
    const peaks = [0, 0];
    for (let x = Math.max(Math.round((span.start - start) * scale), 0); x < to; x += 1) {
      if (!peaksAt(level, (start + x / scale) * level.rate, level.rate / scale, peaks)) break;
      tops[x] = Math.max(middle - peaks[1] * reach - ratio / 2, 0);
      bottoms[x] = Math.min(middle - peaks[0] * reach + ratio / 2, height);
      tints[x] = tint;
    }
  }

  /** The pixels that peaks cover in part, so that slopes are smooth. */
  softenPeaks(width, height, used) {
    const { pixels, tops, bottoms, tints } = this;
    for (let x = 0; x < used; x += 1) {
      if (bottoms[x] <= tops[x]) continue;
      const first = Math.ceil(tops[x]);
      const last = Math.ceil(bottoms[x]) - 1;
      if (first > 0) blend(pixels, (first - 1) * width + x, tints[x], first - tops[x]);
      if (last >= first && last < height) {
        pixels[last * width + x] = 0;
        blend(pixels, last * width + x, tints[x], bottoms[x] - last);
      }
    }
  }

  findCurve(curve, start, scale, height, ratio, used) {
    const { energy, energy_rate: rate } = this.board;
    curve.fill(height);
    if (!(energy?.length > 1)) return;
    for (let x = 0; x <= used; x += 1) curve[x] = energyHeight(energy, (start + x / scale) * rate, height, ratio);
    curve.fill(height, used + 1);
  }

  /** The curve as a line `half` pixels up and down. */
  drawCurve(width, height, used, color, half) {
    const { pixels, curve } = this;
    const tint = packed(color, 1);
    for (let x = 0; x < used; x += 1) {
      const top = Math.min(curve[x], curve[x + 1]) - half;
      const bottom = Math.max(curve[x], curve[x + 1]) + half;
      for (let y = Math.max(Math.floor(top), 0); y < Math.min(bottom, height); y += 1) {
        blend(pixels, y * width + x, tint, Math.min(y + 1 - top, bottom - y, 1));
      }
    }
  }
}

/** Lowest and highest peak from `at` on, `step` values far, into `peaks`; between two values where
    a pixel is finer than they are. False beyond the last. */
function peaksAt(level, at, step, peaks) {
  const count = level.low.length;
  const first = Math.max(Math.floor(at), 0);
  if (first >= count) return false;
  if (step < 0.5) {
    const next = Math.min(first + 1, count - 1);
    const share = at - first;
    peaks[0] = level.low[first] + (level.low[next] - level.low[first]) * share;
    peaks[1] = level.high[first] + (level.high[next] - level.high[first]) * share;
    return true;
  }
  const last = Math.min(Math.max(Math.ceil(at + step), first + 1), count);
  [peaks[0], peaks[1]] = [127, -127];
  for (let i = first; i < last; i += 1) {
    if (level.low[i] < peaks[0]) peaks[0] = level.low[i];
    if (level.high[i] > peaks[1]) peaks[1] = level.high[i];
  }
  return true;
}

/** Where the energy at a fractional index lies, in pixels from the top. */
function energyHeight(energy, at, height, ratio) {
  const place = Math.min(Math.max(at, 0), energy.length - 1);
  const first = Math.min(Math.floor(place), energy.length - 2);
  const value = energy[first] + (energy[first + 1] - energy[first]) * (place - first);
  return height - ratio * 2 - value * (height - ratio * 6);
}

/** A pixel as `ImageData` has it on machines of today, little-endian: alpha, blue, green, red. */
const packed = (color, alpha) =>
  ((Math.round(alpha * 255) << 24) | (color[2] << 16) | (color[1] << 8) | color[0]) >>> 0;

/** Lay an opaque `tint` over a pixel with `alpha`. */
function blend(pixels, at, tint, alpha) {
  const under = pixels[at];
  const below = ((under >>> 24) / 255) * (1 - alpha);
  const sum = alpha + below;
  if (sum <= 0) return;
  const part = (shift) => Math.round((((tint >>> shift) & 255) * alpha + ((under >>> shift) & 255) * below) / sum) << shift;
  pixels[at] = ((Math.round(sum * 255) << 24) | part(16) | part(8) | part(0)) >>> 0;
}

export const snapped = (value, ratio) => Math.round(value * ratio) / ratio;
