// What a finger can hit and is smaller than 44 px in one direction; links within sentences may be.
() => {
  const controls = "button, a[href], summary, input, select, textarea, [role=tab], [role=switch], [role=slider]";
  const found = [];
  for (const element of document.querySelectorAll(controls)) {
    const seen = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (!seen || element.closest(".sr-unseen, .sr-prose, .nicegui-skip-link, [inert]")) continue;
    // A field is as large as its frame, and a card as the link that is stretched over it.
    const whole = element.closest(".q-field__control, .sr-film") ?? element;
    const box = whole.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    if (Math.min(box.width, box.height) < 43.5) {
      const name = element.getAttribute("aria-label") || element.textContent.trim() || element.className;
      found.push(`${name.slice(0, 40)}: ${Math.round(box.width)} × ${Math.round(box.height)}`);
    }
  }
  return found;
}
