// The whole song in one strip, with the window that the lanes show: drag it, or its edges.

import { css, mix } from "./palette.js";
import { levelFor, snapped } from "./wave.js";

const EDGE = 8; // pixels beside an edge of the window that still take hold of it

export class Overview {
  constructor(canvas, host) {
    this.canvas = canvas;
    this.host = host;
    this.base = document.createElement("canvas");
    this.stale = true;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(type, () => (this.grip = null));
    }
  }

  /** The window as [left, right] in pixels. */
  window(view) {
    const scale = view.width / Math.max(view.duration, 1e-6);
    const left = view.scroll * scale;
    return [left, Math.max(Math.min(view.end, view.duration) * scale, left + 6)];
  }

  down(event) {
    if (event.button || !this.host.view.duration) return;
    this.canvas.setPointerCapture(event.pointerId);
    const { view } = this.host;
    const [left, right] = this.window(view);
    const x = event.offsetX;
    const wide = right - left > 4 * EDGE;
    if (wide && Math.abs(x - left) < EDGE) this.grip = { kind: "left", fixed: view.end };
    else if (wide && Math.abs(x - right) < EDGE) this.grip = { kind: "right", fixed: view.scroll };
    else {
      if (x < left || x > right) this.host.scrollTo(this.time(x) - view.span / 2);
      this.grip = { kind: "move", offset: this.time(x) - view.scroll };
    }
    this.move(event);
  }

  time(x) {
    return (x / this.host.view.width) * this.host.view.duration;
  }

  move(event) {
    const { view } = this.host;
    if (!this.grip) {
      const [left, right] = this.window(view);
      const near = [left, right].some((edge) => Math.abs(event.offsetX - edge) < EDGE);
      this.canvas.style.cursor = near && right - left > 4 * EDGE ? "ew-resize" : "grab";
      return;
    }
    const at = this.time(event.offsetX);
    if (this.grip.kind === "move") this.host.scrollTo(at - this.grip.offset);
    else if (this.grip.kind === "left") this.host.showSpan(Math.min(at, this.grip.fixed - 0.2), this.grip.fixed);
    else this.host.showSpan(this.grip.fixed, Math.max(at, this.grip.fixed + 0.2));
  }

  draw(scene) {
    const { view, palette, ratio, position } = scene;
    const height = this.canvas.clientHeight;
    if (!height) return;
    const [w, h] = [Math.round(view.width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) {
      [this.canvas.width, this.canvas.height, this.base.width, this.base.height] = [w, h, w, h];
      this.stale = true;
    }
    if (this.stale) this.drawBase(scene, height);
    this.stale = false;
    const ctx = this.canvas.getContext("2d");
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.drawImage(this.base, 0, 0);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (!view.duration) return;
    const [left, right] = this.window(view).map((x) => snapped(x, ratio));
    ctx.fillStyle = css(palette.bg, 0.62);
    ctx.fillRect(0, 0, left, height);
    ctx.fillRect(right, 0, view.width - right, height);
    ctx.strokeStyle = css(palette.text, 0.75);
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.roundRect(left + 0.75, 0.75, Math.max(right - left - 1.5, 2), height - 1.5, 4);
    ctx.stroke();
    ctx.fillStyle = css(palette.play);
    ctx.fillRect(snapped((position / view.duration) * view.width, ratio) - 0.5, 0, 1.5, height);
  }

  drawBase({ view, palette, ratio, board, wave, shots }, height) {
    const ctx = this.base.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.fillStyle = css(palette.panel);
    ctx.fillRect(0, 0, view.width, height);
    if (!view.duration) return;
    const scale = view.width / view.duration;
    const tall = height - 9;
    const level = wave.levels.length ? levelFor(wave.levels, scale) : null;
    for (const section of board.sections?.length ? board.sections : [{ start: 0, end: view.duration }]) {
      const color = palette.section[section.label] || palette.wave;
      const [from, to] = [Math.round(section.start * scale), Math.round(section.end * scale)];
      ctx.fillStyle = css(palette.forced ? palette.text : mix(palette.wave, color, 0.72));
      if (section.label) ctx.fillRect(from, height - 5, Math.max(to - from - 1, 1), 4);
      if (!level) continue;
      ctx.beginPath();
      for (let x = from; x < to; x += 1) {
        const first = Math.floor((x / scale) * level.rate);
        const last = Math.max(first + 1, Math.floor(((x + 1) / scale) * level.rate));
        let peak = 0;
        for (let i = first; i < Math.min(last, level.high.length); i += 1) {
          peak = Math.max(peak, level.high[i], -level.low[i]);
        }
        const size = Math.max((peak / 127) * (tall - 4), 1);
        ctx.rect(x, 2 + (tall - 4 - size) / 2, 1, size);
      }
      ctx.fill();
    }
    ctx.fillStyle = css(palette.bg, 0.5);
    if (shots.length && view.width / shots.length > 4) {
      for (const shot of shots) ctx.fillRect(snapped(shot.start * scale, ratio), height - 5, 1, 4);
    }
  }
}
