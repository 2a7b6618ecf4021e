// Colours: what CSS says, as numbers a canvas can use, and which theme the page around is in.

const NAMES = [
  "bg", "panel", "raised", "line", "text", "soft", "accent", "on-accent", "play", "beat", "wave",
  "energy", "good", "warn", "bad", "busy", "phrase",
];
const SECTIONS = [
  "intro", "verse", "pre-chorus", "chorus", "bridge", "build", "drop", "break", "instrumental",
  "solo", "outro", "silence", "section",
];

/** "dark" or "light": as asked, or as the page around says, or as the system does. */
export function themeOf(asked) {
  if (asked === "dark" || asked === "light") return asked;
  const { body, documentElement: html } = document;
  const said = html.dataset.theme || body.dataset.theme;
  if (said === "dark" || said === "light") return said;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false" ? "dark" : "light";
  for (const [name, theme] of [
    ["body--dark", "dark"], ["body--light", "light"], ["vscode-dark", "dark"], ["vscode-light", "light"],
  ]) if (body.classList.contains(name)) return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const seen = new Map();

/** [red, green, blue] of any CSS colour; mid grey where it is none. */
export function rgb(color) {
  if (!seen.has(color)) {
    if (seen.size > 4000) seen.clear();
    pixel.canvas.width = pixel.canvas.height = 1;
    pixel.fillStyle = "#808080";
    pixel.fillStyle = color;
    pixel.fillRect(0, 0, 1, 1);
    seen.set(color, Array.from(pixel.getImageData(0, 0, 1, 1).data.slice(0, 3)));
  }
  return seen.get(color);
}

/** Relative luminance (WCAG 2.2) of [red, green, blue]. */
export function luminance(color) {
  const [r, g, b] = color.map((v) => (v <= 10.31475 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast ratio (WCAG 2.2) of two [red, green, blue]. */
export function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

export const mix = (a, b, share) => a.map((v, i) => Math.round(v + (b[i] - v) * share));
export const css = (color, alpha = 1) => `rgba(${color[0]},${color[1]},${color[2]},${alpha})`;

/** The palette in force on `root`, read from its custom properties; not `known` while `root` is in
    no page, or its style sheet is still to come. */
export function paletteOf(root) {
  const probe = document.createElement("span");
  probe.style.display = "none";
  root.append(probe);
  const read = (name) => {
    probe.style.color = `var(--_${name})`;
    return rgb(getComputedStyle(probe).color);
  };
  const known = getComputedStyle(root).getPropertyValue("--_bg") !== "";
  const palette = { known, section: {}, forced: matchMedia("(forced-colors: active)").matches };
  for (const name of NAMES) palette[name] = read(name);
  for (const label of SECTIONS) palette.section[label] = read(`section-${label}`);
  palette.dark = luminance(palette.bg) < 0.4;
  palette.font = getComputedStyle(root).fontFamily || "sans-serif";
  probe.remove();
  return palette;
}

/** Calls `changed` whenever the page around or the system may have changed its colours. */
export function watchTheme(changed) {
  const queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((text) => matchMedia(text));
  for (const query of queries) query.addEventListener("change", changed);
  const observer = new MutationObserver(changed);
  const attributes = ["class", "style", "data-theme", "data-jp-theme-light", "data-jp-theme-name"];
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, { attributes: true, attributeFilter: attributes });
  }
  return () => {
    observer.disconnect();
    for (const query of queries) query.removeEventListener("change", changed);
  };
}
