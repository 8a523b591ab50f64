// In a sheet, Enter and the arrow keys go up and down the cells; Ctrl+Enter saves. Without scripts Tab does.
for (const sheet of document.querySelectorAll("[data-sheet]")) {
  const cells = [...sheet.querySelectorAll("[data-cell]")];
  sheet.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-cell]")) event.target.select();
  });
  sheet.addEventListener("keydown", (event) => {
    const at = cells.indexOf(event.target);
    if (at < 0 || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      sheet.requestSubmit();
      return;
    }
    const step = event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey) ? -1
      : event.key === "ArrowDown" || event.key === "Enter" ? 1 : 0;
    if (!step || event.ctrlKey) return;
    event.preventDefault();
    const next = cells[at + step];
    if (next) next.focus();
  });
  // What was typed and not saved is not lost by a slip.
  let changed = false;
  sheet.addEventListener("input", () => { changed = true; });
  sheet.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}
