// What a page does besides being read: the theme's button, copying mathematics, wide things.

// The choice is remembered; choosing what the system has already forgets it.
const button = document.querySelector(".theme-button");
const dark = matchMedia("(prefers-color-scheme: dark)");
function label() {
  button.textContent = document.documentElement.dataset.theme === "dark" ? "Light" : "Dark";
  button.hidden = false;
}
button.addEventListener("click", () => {
  const chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  if ((chosen === "dark") === dark.matches) localStorage.removeItem("theme");
  else localStorage.setItem("theme", chosen);
  dispatchEvent(new Event("theme"));
  label();
});
dark.addEventListener("change", label);
label();

// Copying text copies the TeX of its formulas.
addEventListener("copy", (event) => {
  const selection = getSelection();
  if (selection.isCollapsed || event.target.closest?.("input, textarea")) return;
  const part = selection.getRangeAt(0).cloneContents();
  const formulas = part.querySelectorAll("math[data-tex]");
  if (!formulas.length) return;
  for (const formula of formulas) {
    const mark = formula.getAttribute("display") === "block" ? "$$" : "$";
    formula.replaceWith(mark + formula.dataset.tex + mark);
  }
  const holder = document.createElement("div");
  holder.append(part);
  event.clipboardData.setData("text/plain", holder.textContent);
  event.preventDefault();
});

// What is too wide scrolls, by keyboard too; looked at again when a fold opens.
const tabStops = new ResizeObserver((changes) => {
  for (const { target } of changes)
    target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
});
for (const element of document.querySelectorAll("main pre, .cell_output > .output, .table-wrapper, div.math"))
  tabStops.observe(element);
