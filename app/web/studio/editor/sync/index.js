// Pictures that follow sound.
//
// A picture that is off by less than a quarter of a second is led back by playing slightly faster
// or slower, which nobody sees and, as pictures are mute, nobody hears; beyond that it jumps.

const JUMP = 0.25; // s
const HOLD = 0.008; // s: below half of any frame nothing is corrected
const LEAD = 0.12; // most by which the speed is changed, as a share

/** Bring one video to `target` seconds of its own time. */
export function follow(video, target, playing, speed, rate) {
  if (!video || video.readyState < 1) return;
  const last = Math.max(0, (video.duration || 0) - 0.5 / rate);
  const wanted = Math.min(Math.max(target, 0), last);
  const forward = playing && speed > 0 && speed <= 4 && target < last;
  if (!forward) {
    if (!video.paused) video.pause();
    const middle = Math.min((Math.floor(wanted * rate + 1e-3) + 0.5) / rate, last);
    if (!video.seeking && Math.abs(video.currentTime - middle) > 0.25 / rate) {
      video.currentTime = middle;
    }
    return;
  }
  const drift = video.currentTime - wanted;
  if (video.paused) {
    if (Math.abs(drift) > 0.5 / rate && !video.seeking) video.currentTime = wanted;
    video.playbackRate = speed;
    video.play().catch(() => {});
  } else if (Math.abs(drift) > JUMP) {
    if (!video.seeking) video.currentTime = wanted + 0.03;
  } else {
    const lead = Math.abs(drift) < HOLD ? 0 : Math.max(-LEAD, Math.min(LEAD, -2 * drift));
    const next = speed * (1 + lead);
    if (Math.abs(video.playbackRate - next) > 0.002) video.playbackRate = next;
  }
}
