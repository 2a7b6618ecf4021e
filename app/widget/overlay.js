// What moves over the lanes: playhead, pointer, and the cut that is dragged.

import { clock } from "./grid.js";
import { css } from "./palette.js";
import { snapped } from "./wave.js";

/** Draw the layer above the lanes anew. `drag` is the cut in hand, `pointer` an x or null. */
export function drawOver(ctx, scene) {
  const { view, lanes, palette, ratio, position, pointer, drag } = scene;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, view.width, lanes.height + 4);
  ctx.textBaseline = "middle";
  if (!view.duration) return;
  if (pointer !== null && !drag) {
    ctx.fillStyle = css(palette.text, 0.28);
    ctx.fillRect(snapped(pointer, ratio), lanes.sections.top, 1, lanes.shots.bottom - lanes.sections.top);
  }
  if (drag) drawDrag(ctx, scene);
  else if (pointer !== null) drawReadout(ctx, scene);
  if (!drag) drawGrips(ctx, scene);
  const x = snapped(view.x(position), ratio);
  if (x > -8 && x < view.width + 8) {
    ctx.fillStyle = css(palette.bg, 0.55);
    ctx.fillRect(x - 1.5, lanes.sections.top, 3.5, lanes.shots.bottom - lanes.sections.top);
    ctx.fillStyle = css(palette.play);
    ctx.fillRect(x - 0.5, lanes.ruler.bottom - 12, 1.5, lanes.shots.bottom - lanes.ruler.bottom + 12);
    ctx.beginPath();
    ctx.moveTo(x - 6, lanes.ruler.bottom - 16);
    ctx.lineTo(x + 6.5, lanes.ruler.bottom - 16);
    ctx.lineTo(x + 6.5, lanes.ruler.bottom - 9);
    ctx.lineTo(x + 0.25, lanes.ruler.bottom - 2);
    ctx.lineTo(x - 6, lanes.ruler.bottom - 9);
    ctx.fill();
  }
}

/** Bar, beat and time under the pointer. */
function drawReadout(ctx, { view, palette, pointer, grid, font }) {
  const time = Math.min(Math.max(view.time(pointer), 0), view.duration);
  const text = grid.empty ? clock(time, 2) : `${grid.place(time)}   ${clock(time, 2)}`;
  ctx.font = `600 11px ${font}`;
  const width = ctx.measureText(text).width + 12;
  const left = pointer + width + 8 < view.width ? pointer + 4 : pointer - width - 4;
  ctx.fillStyle = css(palette.text);
  ctx.beginPath();
  ctx.roundRect(left, 1, width, 17, 4);
  ctx.fill();
  ctx.fillStyle = css(palette.bg);
  ctx.fillText(text, left + 6, 10);
}

/** What a hand can take hold of: the cut under the pointer, and both ends of what is selected. */
function drawGrips(ctx, { view, lanes, palette, ratio, shots, starts, nearCut, selection, editable }) {
  if (nearCut && shots[nearCut]) {
    ctx.fillStyle = css(palette.accent);
    ctx.fillRect(snapped(view.x(starts[nearCut]), ratio) - 1.5, lanes.shots.top, 3, lanes.shots.height);
  }
  if (!editable || !selection.size || selection.size > 12) return;
  const middle = lanes.shots.top + lanes.shots.height / 2;
  shots.forEach((shot, i) => {
    if (!selection.has(shot.id) || (shot.end - shot.start) * view.zoom < 26) return;
    const grips = [[i, view.x(shot.start) + 5], [i + 1, view.x(shot.end) - 8]];
    for (const [cut, x] of grips) {
      if (!cut || !shots[cut] || shots[cut].locked || shots[cut - 1].locked || x < -8 || x > view.width) continue;
      ctx.fillStyle = css(palette.bg, 0.55);
      ctx.beginPath();
      ctx.roundRect(x - 2, middle - 14, 7, 28, 3.5);
      ctx.fill();
      ctx.fillStyle = css(palette.text);
      ctx.beginPath();
      ctx.roundRect(x, middle - 11, 3, 22, 1.5);
      ctx.fill();
    }
  });
}

function drawDrag(ctx, { view, lanes, palette, ratio, drag, grid, font }) {
  const was = snapped(view.x(drag.from), ratio);
  const x = snapped(view.x(drag.to), ratio);
  const top = lanes.sections.top;
  const height = lanes.shots.bottom - top;
  ctx.fillStyle = css(palette.accent, 0.12);
  ctx.fillRect(Math.min(was, x), lanes.wave.top, Math.abs(x - was), lanes.shots.bottom - lanes.wave.top);
  ctx.strokeStyle = css(palette.text, 0.6);
  ctx.lineWidth = 1;
  ctx.setLineDash([3, 3]);
  ctx.beginPath();
  ctx.moveTo(was + 0.5, lanes.wave.top);
  ctx.lineTo(was + 0.5, lanes.shots.bottom);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = css(palette.accent);
  ctx.fillRect(x - 1, top, 2, height);
  ctx.font = `600 12px ${font}`;
  const level = drag.level === "off" ? "free" : drag.level;
  const text = `${drag.level === "off" ? clock(drag.to, 3) : `${grid.place(drag.to)}${halfOf(grid, drag.to)}`}`;
  const rest = drag.level === "off" ? level : `${clock(drag.to, 3)} · ${level}`;
  const first = ctx.measureText(text).width;
  ctx.font = `400 11px ${font}`;
  const width = first + ctx.measureText(rest).width + 24;
  const left = Math.min(Math.max(x - width / 2, 4), view.width - width - 4);
  const labelTop = lanes.wave.top + 6;
  ctx.fillStyle = css(palette.accent);
  ctx.beginPath();
  ctx.roundRect(left, labelTop, width, 22, 6);
  ctx.fill();
  ctx.fillStyle = css(palette["on-accent"]);
  ctx.fillText(rest, left + first + 16, labelTop + 11.5);
  ctx.font = `600 12px ${font}`;
  ctx.fillText(text, left + 8, labelTop + 11.5);
  drawLength(ctx, `${(drag.to - drag.start).toFixed(2)} s`, x - 8, -1, lanes, palette, font);
  drawLength(ctx, `${(drag.end - drag.to).toFixed(2)} s`, x + 8, 1, lanes, palette, font);
}

const halfOf = (grid, seconds) => (grid.anchor(seconds).includes("+1/2") ? "½" : "");

/** How long a shot beside the cut becomes. */
function drawLength(ctx, text, x, way, lanes, palette, font) {
  ctx.font = `600 11px ${font}`;
  const width = ctx.measureText(text).width + 12;
  const left = way > 0 ? x : x - width;
  const top = lanes.shots.top + lanes.shots.height / 2 - 10;
  ctx.fillStyle = css(palette.raised, 0.94);
  ctx.beginPath();
  ctx.roundRect(left, top, width, 20, 5);
  ctx.fill();
  ctx.fillStyle = css(palette.text);
  ctx.fillText(text, left + 6, top + 10.5);
}
