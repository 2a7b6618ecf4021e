// Small pictures of shots.

/** Small pictures by URL, scaled once to the height they are drawn at. */
export class Thumbs {
  constructor(loaded) {
    this.loaded = loaded;
    this.images = new Map();
    this.scaled = new Map();
  }

  get(url, height, ratio) {
    const key = `${url}|${height}|${ratio}`;
    const done = this.scaled.get(key);
    if (done) return done;
    const image = this.image(url);
    if (!image.complete || !image.naturalWidth) return null;
    const canvas = document.createElement("canvas");
    canvas.height = Math.round(height * ratio);
    canvas.width = Math.round((canvas.height * image.naturalWidth) / image.naturalHeight);
    const ctx = canvas.getContext("2d");
    ctx.imageSmoothingQuality = "high";
    ctx.drawImage(image, 0, 0, canvas.width, canvas.height);
    if (this.scaled.size >= 400) this.scaled.delete(this.scaled.keys().next().value);
    this.scaled.set(key, canvas);
    return canvas;
  }

  image(url) {
    let image = this.images.get(url);
    if (!image) {
      image = new Image();
      image.decoding = "async";
      image.addEventListener("load", this.loaded);
      image.src = url;
      if (this.images.size >= 400) this.images.delete(this.images.keys().next().value);
      this.images.set(url, image);
    }
    return image;
  }
}
