// Draws the lane of shots: picture, name, motif, lock, transition and how the clip stands.

import { lowerBound } from "./grid.js";
import { lineStrength, shotDetail } from "./layout.js";
import { Painter } from "./paint.js";
import { css, luminance, mix, rgb } from "./palette.js";
import { snapped } from "./wave.js";

const STRIP = 8; // pixels from which on a narrow shot shows a strip of its picture
const FOOT = 84; // pixels of the lane from which on a shot has its motif under its picture

/** Draws all lanes; `thumbs` has the pictures. */
export class ShotPainter extends Painter {
  constructor(thumbs) {
    super();
    this.thumbs = thumbs;
  }

  drawShots() {
    const { ctx, view, lanes, shots, palette } = this;
    if (!shots.length) {
      ctx.font = this.type(13);
      ctx.fillStyle = css(palette.soft);
      ctx.fillText("No shots yet.", 12, lanes.shots.top + lanes.shots.height / 2);
      return;
    }
    const average = (view.duration / shots.length) * view.zoom;
    const cuts = css(palette.accent, 0.25 * lineStrength(average, 8, 30));
    for (let i = Math.max(0, lowerBound(this.starts, view.scroll) - 1); i < shots.length; i += 1) {
      const shot = shots[i];
      if (shot.start > view.end) break;
      if (i && average > 8) this.line(view.x(shot.start), lanes.wave.top, lanes.wave.height, cuts);
      this.drawShot(shot, i);
    }
  }

  drawShot(shot, index) {
    const { ctx, view, lanes, palette, ratio } = this;
    const left = snapped(view.x(shot.start), ratio);
    const right = snapped(view.x(shot.end), ratio);
    const width = Math.max(right - left, 1);
    const { top, height } = lanes.shots;
    const color = rgb(shot.color);
    const chosen = this.selection.has(shot.id);
    const detail = shotDetail(width);
    const made = this.stateOf(shot);
    if (detail === "sliver" || detail === "block") {
      this.drawBlock(shot, left, width, chosen ? null : color, made);
      return;
    }
    const box = [left + 0.5, top, width - 1.5, height];
    ctx.save();
    ctx.beginPath();
    ctx.roundRect(...box, Math.min(5, width / 3));
    ctx.clip();
    ctx.fillStyle = css(palette.raised);
    ctx.fillRect(...box);
    const foot = detail === "card" && height >= FOOT;
    this.drawPicture(shot, left, top + 18, width, height - (foot ? 40 : 22), color);
    const head = chosen ? palette.accent : index === this.hovered ? mix(palette.raised, palette.text, 0.12) : palette.raised;
    ctx.fillStyle = css(head);
    ctx.fillRect(left, top, width, 18);
    this.drawHead(shot, left, top, width, chosen, made);
    if (foot) this.drawFoot(shot, left, top + height - 22, width);
    this.drawState(shot, left, top + height - 4, width, made);
    ctx.restore();
    this.drawTransition(shot, left, index);
    const focused = index === this.active && this.focusSeen;
    if (!chosen && !focused) {
      if (palette.forced) this.outline(left, top, width, height);
      return;
    }
    ctx.lineWidth = 2;
    ctx.strokeStyle = css(chosen ? palette.accent : palette.text);
    ctx.beginPath();
    ctx.roundRect(left + 1.5, top + 1, width - 3.5, height - 2, Math.min(5, width / 3));
    ctx.stroke();
    if (focused && chosen) {
      ctx.lineWidth = 1;
      ctx.strokeStyle = css(palette.text);
      ctx.strokeRect(left + 3.5, top + 3.5, Math.max(width - 7.5, 1), height - 7);
    }
  }

  /** Where colours are the system's, boxes need a line to be seen. */
  outline(left, top, width, height) {
    this.ctx.strokeStyle = css(this.palette.line);
    this.ctx.lineWidth = 1;
    this.ctx.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
  }

  /** A shot too narrow for words: a strip of its picture, in a frame where it is chosen, or its
      colour (null: it is chosen), held back so that a row of them does not outshine the pictures;
      and how its clip stands. */
  drawBlock(shot, left, width, color, made) {
    const { ctx, palette } = this;
    const { top, height } = this.lanes.shots;
    const gap = width > 12 ? 1 : width > 3 ? 0.5 : 0;
    const quiet = color && !palette.forced ? mix(palette.bg, color, 0.4) : palette.raised;
    const body = color ? quiet : palette.accent;
    ctx.fillStyle = css(body);
    ctx.fillRect(left, top, width - gap, height - 5);
    const strip = !palette.forced && shot.thumb && width >= STRIP;
    const picture = strip ? this.thumbs.get(shot.thumb, height - 5, this.ratio) : null;
    const frame = picture && !color ? 2 : 0;
    if (picture) this.fill(picture, left + frame, top + 3 * frame, width - gap - 2 * frame, height - 5 - 4 * frame);
    ctx.fillStyle = css(made.color, made.alpha);
    ctx.fillRect(left, top + height - 4, width - gap, 4);
    if (shot.locked && width > 12) this.padlock(left + width / 2, top + 12, picture ? [255, 255, 255] : this.inkOn(body));
  }

  /** Black or white, whichever reads better on `color`. */
  inkOn(color) {
    return luminance(color) > 0.18 ? [0, 0, 0] : [255, 255, 255];
  }

  bodyColor(color, shot) {
    if (this.palette.forced) return this.palette.raised;
    return shot.state === "none" ? mix(this.palette.bg, color, 0.55) : color;
  }

  drawPicture(shot, left, top, width, height, color) {
    const { ctx } = this;
    ctx.fillStyle = css(this.bodyColor(color, shot));
    ctx.fillRect(left, top, width, height);
    const picture = shot.thumb && width > 14 ? this.thumbs.get(shot.thumb, height, this.ratio) : null;
    if (picture) this.fill(picture, left, top, width, height);
    if (shot.locked) this.hatch(left, top, width, height);
  }

  /** Fill a box with a picture: its middle where the box is narrow, enlarged where it is wider, and
      side by side where it is more than twice as wide. */
  fill(picture, left, top, width, height) {
    const { ctx } = this;
    const wide = picture.width / this.ratio;
    if (width <= wide * 2) {
      const scale = Math.max(width / wide, 1);
      const [w, h] = [width / scale, height / scale]; // of the picture, as it lies on the screen
      ctx.drawImage(
        picture, ((wide - w) / 2) * this.ratio, ((height - h) / 2) * this.ratio, w * this.ratio, h * this.ratio,
        left, top, width, height,
      );
      return;
    }
    for (let x = left; x < left + width && x < this.view.width; x += wide) {
      if (x + wide > 0) ctx.drawImage(picture, x, top, wide, height);
    }
  }

  /** Thin diagonals: what is locked stays. */
  hatch(left, top, width, height) {
    const { ctx, view } = this;
    const from = Math.max(left, -8);
    const to = Math.min(left + width, view.width + 8);
    ctx.strokeStyle = css(this.palette.bg, 0.38);
    ctx.lineWidth = 1;
    ctx.beginPath();
    for (let x = from - ((from - left) % 7) - height; x < to; x += 7) {
      ctx.moveTo(x, top + height);
      ctx.lineTo(x + height, top);
    }
    ctx.stroke();
  }

  drawHead(shot, left, top, width, chosen, made) {
    const { ctx, palette } = this;
    const from = Math.max(left, 0) + 6;
    let room = Math.min(left + width, this.view.width + 40) - from - 5;
    const ink = chosen ? palette["on-accent"] : palette.text;
    if (room > 34 && made.glyph) {
      this.glyph(made.glyph, from + room - 4, top + 9, chosen ? ink : made.color);
      room -= 14;
    }
    if (shot.locked && room > 8) {
      this.padlock(room > 26 ? from + room - 4 : from + room / 2, top + 9, ink);
      room -= 14;
    }
    if (room < 14) return;
    ctx.font = this.type(11, 600);
    ctx.fillStyle = css(ink);
    const name = this.fitted(shot.id, room);
    if (!name) return;
    ctx.fillText(name, from, top + 9.5);
    const used = ctx.measureText(name).width + 8;
    if (name !== shot.id || room - used < 30) return;
    ctx.font = this.type(10);
    const seconds = `${(shot.end - shot.start).toFixed(1)} s`;
    if (ctx.measureText(seconds).width < room - used) {
      ctx.fillStyle = css(chosen ? ink : palette.soft);
      ctx.fillText(seconds, from + used, top + 9.5);
    }
  }

  drawFoot(shot, left, top, width) {
    const { ctx, palette } = this;
    ctx.fillStyle = css(palette.raised);
    ctx.fillRect(left, top, width, 18);
    const from = Math.max(left, 0) + 6;
    const room = Math.min(left + width, this.view.width + 60) - from - 6;
    if (room < 30) return;
    ctx.font = this.type(11);
    ctx.fillStyle = css(palette.text);
    ctx.fillText(this.fitted(shot.motif || shot.prompt, room), from, top + 9);
  }

  /** Colour and sign of a clip's state; the sign is there for who does not see the colour. */
  stateOf(shot) {
    const { palette, working } = this;
    if (working[shot.id] !== undefined) return { color: palette.busy, alpha: 0.35, glyph: "", share: working[shot.id] };
    if (shot.state === "working") return { color: palette.busy, alpha: 0.35, glyph: "", share: 0 };
    if (shot.state === "made") return { color: palette.good, alpha: 1, glyph: "check" };
    if (shot.state === "stale") return { color: palette.warn, alpha: 1, glyph: "stale" };
    if (shot.state === "failed") return { color: palette.bad, alpha: 1, glyph: "failed" };
    return { color: palette.soft, alpha: 0.25, glyph: "" };
  }

  drawState(shot, left, top, width, made) {
    const { ctx } = this;
    ctx.fillStyle = css(this.palette.raised);
    ctx.fillRect(left, top, width, 4);
    ctx.fillStyle = css(made.color, made.alpha);
    ctx.fillRect(left, top, width, 4);
    if (made.share > 0) {
      ctx.fillStyle = css(made.color);
      ctx.fillRect(left, top, width * Math.min(made.share, 1), 4);
    }
  }

  glyph(kind, x, y, color) {
    const { ctx } = this;
    ctx.strokeStyle = css(color);
    ctx.lineWidth = 1.6;
    ctx.lineCap = "round";
    ctx.beginPath();
    if (kind === "check") {
      ctx.moveTo(x - 3.5, y);
      ctx.lineTo(x - 1, y + 2.8);
      ctx.lineTo(x + 3.5, y - 3);
    } else if (kind === "failed") {
      ctx.moveTo(x, y - 4);
      ctx.lineTo(x, y + 0.8);
      ctx.moveTo(x, y + 3.8);
      ctx.lineTo(x, y + 4);
    } else {
      ctx.arc(x, y, 3.4, -0.4, Math.PI * 1.35);
      ctx.moveTo(x + 3.6, y - 4.2);
      ctx.lineTo(x + 3.2, y - 1.2);
      ctx.lineTo(x + 0.4, y - 2);
    }
    ctx.stroke();
    ctx.lineCap = "butt";
  }

  padlock(x, y, color) {
    const { ctx } = this;
    ctx.strokeStyle = css(color);
    ctx.fillStyle = css(color);
    ctx.lineWidth = 1.4;
    ctx.beginPath();
    ctx.arc(x, y - 1.5, 2.4, Math.PI, 0);
    ctx.stroke();
    ctx.fillRect(x - 3.6, y - 1.2, 7.2, 5.6);
  }

  /** A transition as editors draw it: a box over the cut as long as it lasts, and its way across. */
  drawTransition(shot, left, index) {
    if (!index || shot.transition === "cut") return;
    const { ctx, palette, view } = this;
    const { top, height } = this.lanes.shots;
    const long = Math.max(shot.transition_seconds * view.zoom, 10);
    const from = shot.transition === "flash" ? left : left - long / 2;
    const [low, high] = [top + height - 25, top + height - 41];
    ctx.fillStyle = css(palette.raised, 0.92);
    ctx.strokeStyle = css(palette.text, 0.85);
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.roundRect(from, high, long, low - high, 3);
    ctx.fill();
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(from + 2, low - 2);
    ctx.lineTo(from + long - 2, high + 2);
    ctx.stroke();
  }
}
