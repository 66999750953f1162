// The theme lets the keyboard scroll what is too wide, but looks only when the page loads or the
// window changes.  This looks again when a fold is opened, at what it held.
const tabStops = new ResizeObserver((changes) => {
  for (const { target } of changes)
    target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
});
addEventListener("DOMContentLoaded", () => {
  const wide = "main pre, .cell_output > .output, .pst-scrollable-table-container";
  for (const element of document.querySelectorAll(wide)) tabStops.observe(element);
});
