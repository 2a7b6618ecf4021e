// Sound and the playhead. While the song plays, the audio's clock is the only one.

const FASTEST = 8;
const SCRUB_TAIL = 110; // ms for which the sound goes on after the pointer rests

/** Plays one song; `tick(seconds)` is called every frame while anything moves. */
export class Player {
  /** The one that plays: two views of one song, or two timelines of a page, do not sound at once. */
  static speaking = null;

  constructor({ tick, state, fault }) {
    this.tick = tick;
    this.state = state;
    this.fault = fault;
    this.audio = null;
    this.url = "";
    this.duration = 0;
    this.rate = 0; // 0 paused, below 0 backwards
    this.at = 0;
    this.frame = 0;
    this.before = 0;
    this.scrubbing = false;
    this.silence = 0;
  }

  /** The song by its URL; empty for none. */
  load(url) {
    if (url === this.url) return;
    this.pause();
    this.close();
    this.url = url;
    if (!url) return;
    const audio = new Audio();
    audio.preload = "auto";
    audio.addEventListener("ended", () => this.audio === audio && this.finish());
    audio.addEventListener("error", () => {
      if (this.audio !== audio || !audio.error) return;
      this.audio = null;
      this.fault("The song's sound could not be loaded; the timeline plays silently.");
    });
    audio.src = url;
    this.audio = audio;
  }

  close() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.silence);
    this.frame = 0;
    if (Player.speaking === this) Player.speaking = null;
    if (!this.audio) return;
    const audio = this.audio;
    this.audio = null;
    audio.pause();
    audio.removeAttribute("src");
    audio.load();
  }

  get playing() {
    return this.rate !== 0;
  }

  seek(seconds) {
    this.at = Math.min(Math.max(seconds, 0), this.duration || Infinity);
    if (this.audio) this.audio.currentTime = this.at;
    this.before = performance.now();
    this.tick(this.at);
  }

  /** Play at `rate`; below 0 the playhead goes back in silence. */
  play(rate = 1) {
    if (rate > 0 && this.duration && this.at >= this.duration - 0.02) this.at = 0;
    if (Player.speaking !== this) Player.speaking?.pause();
    Player.speaking = this;
    const began = this.rate === 0;
    this.rate = rate;
    this.before = performance.now();
    if (this.audio && rate > 0) {
      const audio = this.audio;
      audio.playbackRate = rate;
      if (Math.abs(audio.currentTime - this.at) > 0.02) audio.currentTime = this.at;
      audio.play().catch((error) => {
        if (error.name !== "NotAllowedError" || this.audio !== audio) return;
        this.pause();
        this.fault("The browser plays sound only after a click: press play once more.");
      });
    } else if (this.audio) this.audio.pause();
    if (began) this.state(true);
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.step(now));
  }

  pause() {
    if (this.audio) {
      if (this.rate > 0 && !this.audio.seeking && this.audio.readyState > 0) this.at = this.audio.currentTime;
      this.audio.pause();
    }
    if (!this.rate) return;
    this.rest();
  }

  rest() {
    this.rate = 0;
    if (Player.speaking === this) Player.speaking = null;
    this.state(false);
  }

  finish() {
    this.at = this.duration;
    this.rest();
    this.tick(this.at);
  }

  /** J and L: `way` −1 or 1; the same way again doubles the speed. */
  shuttle(way) {
    const same = Math.sign(this.rate) === way;
    this.play(same ? Math.sign(way) * Math.min(Math.abs(this.rate) * 2, FASTEST) : way);
  }

  step(now) {
    this.frame = 0;
    if (!this.rate) return;
    const passed = Math.min((now - this.before) / 1000, 0.25);
    this.before = now;
    if (this.audio && this.rate > 0) {
      if (!this.audio.seeking && !this.audio.paused) this.at = this.audio.currentTime;
    } else this.at += Math.max(passed, 0) * this.rate;
    if (this.at <= 0 && this.rate < 0) {
      this.at = 0;
      this.pause();
      if (this.audio) this.audio.currentTime = 0;
    } else if (this.duration && this.at >= this.duration && this.rate > 0) {
      if (this.audio) this.audio.pause();
      this.finish();
      return;
    }
    this.tick(this.at);
    if (this.rate) this.frame = requestAnimationFrame((next) => this.step(next));
  }

  /** The playhead is dragged to `seconds`; a short piece of what is there sounds. */
  scrub(seconds) {
    if (!this.scrubbing) this.resume = this.rate;
    this.scrubbing = true;
    if (this.rate) this.pause();
    this.seek(seconds);
    if (!this.audio) return;
    const audio = this.audio;
    audio.playbackRate = 1;
    if (audio.paused) audio.play().catch(() => {}); // a page that may not sound yet scrubs silently
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.rate || audio.pause(), SCRUB_TAIL);
  }

  endScrub() {
    if (!this.scrubbing) return;
    this.scrubbing = false;
    clearTimeout(this.silence);
    if (this.audio) {
      this.audio.pause();
      this.audio.currentTime = this.at;
    }
    if (this.resume) this.play(this.resume);
  }
}
