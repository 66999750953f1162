// Asks axe about a page, without asking the same twice.  Nearly all of its time goes into the
// contrast of text, element by element: a chapter has 5,000 elements of text that look 70 ways, most
// of them as on other pages.

const OTHERS_OF_COLOUR = ["link-in-text-block"];

const isSeen = (e) => e.checkVisibility({ visibilityProperty: true });

const whatIsSeen = () => [...document.querySelectorAll("*")].map((e) => Number(isSeen(e))).join("");

// Returns what is wrong, and how all text looks that was found right here or is known from elsewhere.
async function violations([ofColourAlone, known]) {
  const rest = ofColourAlone ? { runOnly: OTHERS_OF_COLOUR } : { rules: { "color-contrast": { enabled: false } } };
  const [found, right] = await contrast(new Set(known)), restore = flatten();
  found.push(...(await ask(rest)).violations);
  restore();
  return [lines(found), [...right]];
}

// Of all text that looks the same on the same ground, axe is asked about the longest, and about others
// of it where axe does not judge the longest, because something lies above it for example.
async function contrast(right) {
  const looks = Map.groupBy([...document.body.querySelectorAll("*")].filter((e) => text(e).length > 1 && isSeen(e)), look);
  const found = [];
  right.forEach((each) => looks.delete(each));
  for (const many of [1, 8, Infinity]) {
    const asked = [...looks.values()].flatMap((all) => all.sort((a, b) => text(b).length - text(a).length).splice(0, many));
    if (!asked.length) break;
    const restore = flatten(asked);
    const { passes, violations } = await contrastOf(asked);
    restore();
    looksOf(violations).forEach((each) => looks.delete(each));
    looksOf(passes).forEach((each) => looks.delete(each) && right.add(each));
    found.push(...violations);
  }
  return [found, right];
}

const looksOf = (rules) => rules.flatMap(({ nodes }) => nodes.map(({ element }) => look(element)));

// Two thirds of a page are the parts of its formulas and of its code, which have only their colour
// to be asked about: all but those that are to be kept become plain text, until they are restored.
function flatten(kept = []) {
  const holding = new Set(kept.flatMap((e) => [e, ...above(e)]));
  const parts = new Set([...document.querySelectorAll(":is(math, pre) *")].filter((e) => !holding.has(e)));
  const pairs = [...parts].filter((e) => !parts.has(e.parentElement)).map((e) => [e, new Text(e.textContent)]);
  pairs.forEach(([e, text]) => e.replaceWith(text));
  document.body.offsetHeight; // laid out at once, not bit by bit as axe looks
  return () => pairs.forEach(([e, text]) => text.replaceWith(e));
}

function ask(options) {
  // preload would fetch style sheets a second time, by addresses that are wrong
  return axe.run(document, { preload: false, resultTypes: ["violations"], elementRef: true, ...options });
}

const lines = (rules) => rules.flatMap(({ id, nodes }) =>
  nodes.map((node) => `${id}: ${node.target[0]}: ${node.failureSummary}`));

async function contrastOf(texts) {
  const shown = new Set(texts.flatMap((e) => [e, ...above(e)]));
  const hidden = [...document.body.querySelectorAll("*")].filter((e) => !shown.has(e) && !ownGround(e));
  hidden.forEach((e) => { e.dataset.hidden = ""; });
  const sheet = document.head.appendChild(document.createElement("style"));
  sheet.textContent = "[data-hidden] { visibility: hidden !important }";
  const judged = await ask({ runOnly: ["color-contrast"], resultTypes: ["passes", "violations"] });
  sheet.remove();
  hidden.forEach((e) => delete e.dataset.hidden);
  return judged;
}

// One character alone is never judged.
const text = (e) => [...e.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data).join("").trim();

function* above(e) {
  while ((e = e.parentElement)) yield e;
}

function look(e) {
  const { color, fontSize, fontWeight, textShadow } = getComputedStyle(e);
  return [color, fontSize, fontWeight, textShadow, ownGround(e), ...[...above(e)].map(ownGround)].filter(Boolean).join("; ");
}

function ownGround(e) {
  const { backgroundColor, backgroundImage, opacity, filter, mixBlendMode } = getComputedStyle(e);
  const ground = [backgroundColor, backgroundImage, opacity, filter, mixBlendMode].join();
  return ground === "rgba(0, 0, 0, 0),none,1,none,normal" ? "" : ground;
}
