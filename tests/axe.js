// Asks axe about a page, without asking the same twice.  Nearly all of its time goes into the
// contrast of text, element by element: a chapter has 5,000 elements of text that look 70 ways.

const OTHERS_OF_COLOUR = ["link-in-text-block"];

const isSeen = (e) => e.checkVisibility({ visibilityProperty: true });

const whatIsSeen = () => [...document.querySelectorAll("*")].map((e) => Number(isSeen(e))).join("");

async function violations(ofColourAlone) {
  const rest = ofColourAlone ? { runOnly: OTHERS_OF_COLOUR } : { rules: { "color-contrast": { enabled: false } } };
  return lines([...(await contrast()), ...(await ask(rest)).violations]);
}

function ask(options) {
  // preload would fetch style sheets a second time, by addresses that are wrong
  return axe.run(document, { preload: false, resultTypes: ["violations"], elementRef: true, ...options });
}

const lines = (rules) => rules.flatMap(({ id, nodes }) =>
  nodes.map((node) => `${id}: ${node.target[0]}: ${node.failureSummary}`));

// Of all text that looks the same on the same ground, axe is asked about the longest, and about all
// of it where axe does not judge the longest, because something lies above it for example.
async function contrast() {
  const looks = Map.groupBy([...document.body.querySelectorAll("*")].filter((e) => text(e).length > 1 && isSeen(e)), look);
  const longest = (all) => all.reduce((a, b) => (text(b).length > text(a).length ? b : a));
  const [judged, wrong] = await contrastOf([...looks.values()].map(longest));
  const unjudged = [...looks].filter(([key, all]) => !judged.has(key) && all.length > 1).flatMap(([, all]) => all);
  return unjudged.length ? [...wrong, ...(await contrastOf(unjudged))[1]] : wrong;
}

async function contrastOf(texts) {
  const shown = new Set(texts.flatMap((e) => [e, ...above(e)]));
  const hidden = [...document.body.querySelectorAll("*")].filter((e) => !shown.has(e) && !ownGround(e));
  hidden.forEach((e) => { e.dataset.hidden = ""; });
  const sheet = document.head.appendChild(document.createElement("style"));
  sheet.textContent = "[data-hidden] { visibility: hidden !important }";
  const { passes, violations } = await ask({ runOnly: ["color-contrast"], resultTypes: ["passes", "violations"] });
  sheet.remove();
  hidden.forEach((e) => delete e.dataset.hidden);
  return [new Set([...passes, ...violations].flatMap(({ nodes }) => nodes.map(({ element }) => look(element)))), violations];
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
