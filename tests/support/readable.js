// The contrast of every text on the page with the ground it lies on, as it is rendered.
() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const seen = new Map();
  const rgba = (text) => {
    if (!seen.has(text)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = text;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      seen.set(text, [r / 255, g / 255, b / 255, a / 255]);
    }
    return seen.get(text);
  };
  const over = (top, ground) => [0, 1, 2].map((i) => top[3] * top[i] + (1 - top[3]) * ground[i]).concat(1);
  const luminance = (c) => {
    const [r, g, b] = c.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const token = (name) => rgba(getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  // What lies behind everything: the page bare, and under any of its lights.
  const bare = [token("--sr-page"), token("--sr-deep")];
  const behind = bare.concat(
    ["--sr-glow-1", "--sr-glow-2", "--sr-glow-3"].flatMap((name) => bare.map((ground) => over(token(name), ground))),
  );
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || element.closest("script, style, .sr-unseen, .nicegui-skip-link, [inert]")) continue;
    const layers = [];
    let at = element;
    for (; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const colour = rgba(style.backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    const grounds = (at && at !== document.documentElement ? [[0, 0, 0, 1]] : behind).map((ground) =>
      layers.reduceRight((below, layer) => over(layer, below), ground),
    );
    const own = rgba(getComputedStyle(element).color);
    const least = Math.min(...grounds.map((ground) => contrast(over(own, ground), ground)));
    found.push({ text: text.slice(0, 40), contrast: least, where: element.className });
  }
  return found;
}
