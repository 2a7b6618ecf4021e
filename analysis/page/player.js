/* The song and its clicks on one clock: WebAudio's, to the sample. */

class Player {
  constructor(song, texts) {
    this.song = song;
    this.texts = texts;
    this.clips = new Map(); // number → promise of an AudioBuffer
    this.playing = false;
    this.place = 0; // seconds of the song, while it stands still
    this.level = 0.55;
    this.clicking = false;
    this.onchange = () => {};
    this.onfault = () => {};
  }

  get time() {
    if (!this.playing || this.began === null) return this.place;
    const heard = this.context.currentTime - (this.context.outputLatency || 0);
    return Math.min(Math.max(this.from, this.from + heard - this.began), this.song.duration);
  }

  async play() {
    if (this.playing) return;
    if (!this.context) {
      if (!window.AudioContext) return this.onfault("This browser has no WebAudio, which plays the song.");
      this.context = new AudioContext({ latencyHint: "playback" });
      this.clicks = this.context.createGain();
      this.clicks.connect(this.context.destination);
      this.setClicks(this.clicking, this.level);
    }
    this.context.resume();
    this.playing = true;
    if (this.place > this.song.duration - 0.05) this.place = 0;
    this.onchange();
    await this.start(this.place);
  }

  pause() {
    if (!this.playing) return;
    this.place = this.time;
    this.silence();
    this.playing = false;
    this.onchange();
  }

  seek(seconds) {
    this.place = Math.min(Math.max(seconds, 0), this.song.duration);
    if (!this.playing) return this.onchange();
    this.silence();
    this.start(this.place);
  }

  setClicks(on, level) {
    this.clicking = on;
    this.level = level;
    // Squared: half-way along the slider sounds about half as loud. The song makes room.
    if (this.clicks) this.clicks.gain.value = on ? level * level * 1.6 : 0;
  }

  silence() {
    clearInterval(this.timer);
    this.began = null;
    this.turn = (this.turn || 0) + 1; // what is still being decoded is for an older turn
    for (const node of this.sounding || []) node.stop();
    this.sounding = [];
  }

  async start(place) {
    this.silence();
    const turn = this.turn;
    this.place = place;
    const { seconds } = this.song.clips;
    const first = Math.min(Math.floor(place / seconds), this.song.clips.count - 1);
    try {
      await this.clip(first);
    } catch {
      this.playing = false;
      this.onchange();
      return this.onfault("This browser cannot decode Opus, in which the song is kept here.");
    }
    if (turn !== this.turn || !this.playing) return;
    this.from = place;
    this.began = this.context.currentTime + 0.06;
    this.nextClip = first;
    this.nextBeat = this.song.beats.findIndex((beat) => beat >= place - 1e-4);
    if (this.nextBeat < 0) this.nextBeat = this.song.beats.length;
    this.fill(turn);
    this.timer = setInterval(() => this.fill(turn), 100);
  }

  /* Schedule what sounds in the next two seconds: a hidden page is woken once a second. */
  fill(turn) {
    const now = this.from + this.context.currentTime - this.began;
    if (now > this.song.duration) {
      this.pause();
      this.place = this.song.duration;
      return this.onchange();
    }
    const { seconds, count } = this.song.clips;
    while (this.nextClip < count && this.nextClip * seconds < now + 4) {
      const number = this.nextClip++;
      this.clip(number).then((buffer) => {
        if (turn === this.turn) this.sound(number, buffer);
      });
    }
    const { beats } = this.song;
    while (this.nextBeat < beats.length && beats[this.nextBeat] < now + 2) this.click(this.nextBeat++);
    for (const number of this.clips.keys()) {
      if (Math.abs(number - this.nextClip) > 6) this.clips.delete(number);
    }
  }

  /* One clip from where it is due, faded into its neighbours over ten milliseconds. */
  sound(number, buffer) {
    const { seconds, spare, count } = this.song.clips;
    const holdsFrom = Math.max(0, number * seconds - spare);
    const fade = 0.01;
    const now = this.from + this.context.currentTime - this.began;
    const begin = Math.max(this.from, number ? number * seconds - fade / 2 : 0, now + 0.005);
    const end = number + 1 < count ? (number + 1) * seconds + fade / 2 : this.song.duration;
    if (begin >= end) return;
    const node = this.context.createBufferSource();
    const gain = this.context.createGain();
    node.buffer = buffer;
    node.connect(gain).connect(this.context.destination);
    const at = (second) => this.began + second - this.from;
    gain.gain.setValueAtTime(0, at(begin));
    gain.gain.linearRampToValueAtTime(0.8, at(begin + fade));
    if (number + 1 < count) {
      gain.gain.setValueAtTime(0.8, at(Math.max(end - fade, begin + fade)));
      gain.gain.linearRampToValueAtTime(0, at(end));
    }
    node.start(at(begin), begin - holdsFrom, end - begin);
    this.sounding.push(node);
  }

  click(index) {
    const first = this.song.firsts.has(index);
    const when = this.began + this.song.beats[index] - this.from;
    const tone = this.context.createOscillator();
    const gain = this.context.createGain();
    tone.frequency.value = first ? 1500 : 1000;
    gain.gain.setValueAtTime(first ? 1 : 0.6, when);
    gain.gain.exponentialRampToValueAtTime(0.001, when + 0.04);
    tone.connect(gain).connect(this.clicks);
    tone.start(when);
    tone.stop(when + 0.045);
    this.sounding.push(tone);
    tone.onended = () => (this.sounding = this.sounding.filter((node) => node !== tone));
  }

  clip(number) {
    if (!this.clips.has(number)) {
      const bytes = Uint8Array.from(atob(this.texts[number]), (c) => c.charCodeAt(0));
      this.clips.set(number, this.context.decodeAudioData(bytes.buffer));
    }
    return this.clips.get(number);
  }
}
