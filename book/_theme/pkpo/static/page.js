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
  for (const { target } of changes) {
    const wide = target.scrollWidth > target.clientWidth;
    if (wide !== (target.tabIndex === 0)) target.tabIndex = wide ? 0 : -1;
  }
});
for (const element of document.querySelectorAll("main pre, .cell_output > .output, .table-wrapper, div.math"))
  tabStops.observe(element);

// A link to a term, a theorem or a cited work shows what it leads to, where the reader is.
const root = new URL(document.documentElement.dataset.content_root, location.href);
const look = document.createElement("div");
Object.assign(look, { id: "preview", className: "preview", popover: "manual" });
look.setAttribute("role", "tooltip");
document.body.append(look);
let loaded, waiting, shownFor;

function previews() {
  loaded ??= new Promise((done) => {
    const script = document.createElement("script");
    script.src = new URL("_static/previews.js", root);
    script.onload = () => done(pkpoPreviews);
    document.head.append(script);
  });
  return loaded;
}

async function showPreview(link) {
  const html = (await previews())[link.href.slice(root.href.length)];
  if (!html || waiting !== link) return;
  look.innerHTML = html;
  look.showPopover();
  const at = link.getBoundingClientRect(), size = look.getBoundingClientRect();
  const below = at.bottom + size.height + 8 < innerHeight || at.top < size.height + 8;
  look.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
  look.style.top = `${below ? at.bottom + 6 : at.top - size.height - 6}px`;
  link.setAttribute("aria-describedby", "preview");
  shownFor = link;
}

function hidePreview() {
  waiting = undefined;
  shownFor?.removeAttribute("aria-describedby");
  if (look.matches(":popover-open")) look.hidePopover();
}

for (const link of document.querySelectorAll('article a.reference.internal[href*="#"]')) {
  const show = () => { waiting = link; setTimeout(() => waiting === link && showPreview(link), 150); };
  link.addEventListener("mouseenter", show);
  link.addEventListener("focus", show);
  link.addEventListener("mouseleave", hidePreview);
  link.addEventListener("blur", hidePreview);
}
addEventListener("keydown", (event) => event.key === "Escape" && hidePreview());

// Explorers are drawn for the screen; on paper their pictures shrink to the space there is.
const pictures = () => document.querySelectorAll(".pkpo-panel svg[role=img]");
addEventListener("beforeprint", () => {
  for (const picture of pictures()) {
    picture.setAttribute("viewBox", `0 0 ${picture.getAttribute("width")} ${picture.getAttribute("height")}`);
  }
});
addEventListener("afterprint", () => pictures().forEach((picture) => picture.removeAttribute("viewBox")));
