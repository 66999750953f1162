// Asks axe about a page, without asking the same twice.  Most of its time would go into the contrast
// of text, element by element: a chapter has 5,000 elements of text that look 70 ways, most of them
// as on other pages.

const ALL = {}, OF_COLOUR = { runOnly: ["color-contrast", "link-in-text-block"] }, CONTRAST = { runOnly: ["color-contrast"] };

const isSeen = (e) => e.checkVisibility({ visibilityProperty: true });

const whatIsSeen = () => [...document.querySelectorAll("*")].map((e) => Number(isSeen(e))).join("");

axe.configure({ rules: [{ id: "color-contrast", selector: "[data-asked]" }] });
// The reporters of axe describe all that is right as well.
axe.addReporter("what is wrong", (rules, _, done) => done(rules.map((rule) =>
  ({ ...rule, lines: rule.violations.map((found) => line(rule.id, found)) }))));

// Returns what is wrong, and how all text looks that was found right here or is known from elsewhere.
// Of all text that looks the same on the same ground, axe is asked about two, and about others of it
// where axe does not judge them, because something lies above it for example.
async function violations([ofColourAlone, known]) {
  const looks = looksOf([...document.body.querySelectorAll("*")].filter((e) => canBeJudged(e) && isSeen(e)));
  const right = new Set(known), found = [];
  right.forEach((each) => looks.delete(each));
  for (const [many, rules] of [[2, ofColourAlone ? OF_COLOUR : ALL], [8, CONTRAST], [Infinity, CONTRAST]]) {
    const asked = new Map([...looks].flatMap(([each, all]) => all.splice(0, many).map((e) => [e, each])));
    if (rules === CONTRAST && !asked.size) break;
    for (const { id, lines, violations, passes } of await ask(rules, [...asked.keys()])) {
      found.push(...lines);
      if (id !== "color-contrast") continue;
      violations.forEach(({ node }) => looks.delete(asked.get(node.element)));
      passes.forEach(({ node }) => looks.delete(asked.get(node.element)) && right.add(asked.get(node.element)));
    }
  }
  return [found, [...right]];
}

async function ask(rules, asked) {
  asked.forEach((e) => { e.dataset.asked = ""; });
  const restore = flatten(asked);
  // preload would fetch style sheets a second time, by addresses that are wrong
  const answer = await axe.run(document, { preload: false, reporter: "what is wrong", ...rules });
  restore();
  asked.forEach((e) => delete e.dataset.asked);
  return answer;
}

// Two thirds of a page are the parts of its formulas and of its code, which have only their colour
// to be asked about: all but those that are asked about become plain text, until they are restored.
function flatten(asked) {
  const holding = new Set(asked.flatMap((e) => [e, ...above(e)]));
  const parts = new Set([...document.querySelectorAll(":is(math, pre) *")].filter((e) => !holding.has(e)));
  const pairs = [...parts].filter((e) => !parts.has(e.parentElement)).map((e) => [e, new Text(e.textContent)]);
  pairs.forEach(([e, text]) => e.replaceWith(text));
  document.body.offsetHeight; // laid out at once, not bit by bit as axe looks
  return () => pairs.forEach(([e, text]) => text.replaceWith(e));
}

function line(id, { node, any, all, none }) {
  return `${id}: ${node.selector}: ${[...any, ...all, ...none].map(({ message }) => message).join("; ")}`;
}

// One character alone is never judged, nor is what is written in a drawing.
const canBeJudged = (e) => text(e).length > 1 && !e.closest("svg");

const fromSomeWords = (e) => Math.abs(text(e).length - 8);

const text = (e) => [...e.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data).join("").trim();

function* above(e) {
  while ((e = e.parentElement)) yield e;
}

// Returns a map from each look to the elements that have it, first those of some words: a line of
// code may be cut, and single characters are not judged.
function looksOf(elements) {
  const grounds = new Map([[null, ""]]);
  const ground = (e) => grounds.get(e) ?? grounds.set(e, ownGround(e) + ground(e.parentElement)).get(e);
  const look = (e) => {
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(e);
    return [color, fontSize, fontWeight, textShadow, ground(e)].join("; ");
  };
  const looks = Map.groupBy(elements, look);
  looks.forEach((all) => all.sort((a, b) => fromSomeWords(a) - fromSomeWords(b)));
  return looks;
}

function ownGround(e) {
  const { backgroundColor, backgroundImage, opacity, filter, mixBlendMode } = getComputedStyle(e);
  const ground = [backgroundColor, backgroundImage, opacity, filter, mixBlendMode].join();
  return ground === "rgba(0, 0, 0, 0),none,1,none,normal" ? "" : `${ground}; `;
}
