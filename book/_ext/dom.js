// As much of a document as the explorer's script needs to draw its first picture, and no browser.

class Node {
  constructor(name) { Object.assign(this, { name, attributes: {}, children: [], parentNode: null }); }
  setAttribute(name, value) { this.attributes[name] = String(value); }
  getAttribute(name) { return this.attributes[name]; }
  append(...children) {
    for (const child of children.flat()) {
      if (child instanceof Node) child.parentNode = this;
      this.children.push(child);
    }
  }
  replaceChildren(...children) { this.children = []; this.append(...children); }
  addEventListener() {}
  set textContent(text) { this.children = [text]; }
  set value(value) { this.setAttribute("value", value); }
  get clientWidth() { return Node.width; }
  get scrollWidth() { return Infinity; } // on a phone, the keys reach what is beside the screen
  get innerHTML() {
    return this.children.map((child) => (child instanceof Node ? child.outerHTML : escaped(String(child)))).join("");
  }
  get outerHTML() {
    const attributes = Object.entries(this.attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`).join("");
    const open = `<${this.name}${attributes}>`;
    return this.name === "input" ? open : `${open}${this.innerHTML}</${this.name}>`;
  }
}

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");

globalThis.document = {
  createElement: (name) => new Node(name),
  createElementNS: (_, name) => new Node(name),
};
globalThis.requestAnimationFrame = () => 0; // the first picture is drawn at once
globalThis.ResizeObserver = class { observe() {} disconnect() {} };

function bytes(base64) {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const out = [];
  let bits = 0, held = 0;
  for (const digit of base64.replace(/[=\n]/g, "")) {
    held = (held << 6) | digits.indexOf(digit);
    bits += 6;
    if (bits >= 8) { bits -= 8; out.push((held >> bits) & 255); }
  }
  return new DataView(Uint8Array.from(out).buffer);
}

function picture(traits, width) {
  Node.width = width;
  const model = { get: (name) => (name === "_data" ? bytes(traits[name]) : traits[name]), on() {}, off() {} };
  const el = new Node("div");
  globalThis.pkpoExplorer.render({ model, el });
  return el.innerHTML;
}
