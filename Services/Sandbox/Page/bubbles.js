// One chat bubble as WhatsApp draws it. Takes what the sandbox says of a message and gives an element; it
// knows no network and no state, and writes every text as a text node.
import { clockTime, el, svg } from "/dom.js";

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/g;
const STYLE = [["*", "strong"], ["_", "em"], ["~", "s"]];

/** Text with WhatsApp's marks (*bold*, _italic_, ~struck~), links and line breaks. */
export function richText(text, onLink) {
  const out = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    out.append(styled(text.slice(from, match.index)), anchor(match[0], match[0], onLink));
    from = match.index + match[0].length;
  }
  out.append(styled(text.slice(from)));
  return out;
}

export function anchor(url, label, onLink, className = "") {
  const safe = /^https?:\/\//i.test(url) ? url : null; // javascript: and the like become plain text
  if (!safe) return document.createTextNode(label);
  const onclick = (event) => { if (onLink(safe)) event.preventDefault(); };
  return el("a", { href: safe, target: "_blank", rel: "noopener noreferrer", class: className, onclick }, label);
}

function styled(text) {
  for (const [mark, tag] of STYLE) {
    const m = "\\" + mark; // the mark, between blanks or signs outside and anything but blanks inside
    const found = new RegExp(`(^|[\\s(])${m}([^\\s${m}](?:[^\\n${m}]*[^\\s${m}])?)${m}(?=$|[\\s.,;:!?)])`).exec(text);
    if (!found) continue;
    const start = found.index + found[1].length, out = document.createDocumentFragment();
    const rest = text.slice(start + found[2].length + 2);
    out.append(styled(text.slice(0, start)), el(tag, {}, styled(found[2])), styled(rest));
    return out;
  }
  return document.createTextNode(text);
}

const TICK = "M1 5.2 3.9 8.2 10 1.4", SECOND = "M6.3 7.7 6.8 8.2 13 1.4";

/** One tick sent, two delivered, two blue ones read, a clock while waiting. */
export function ticks(status) {
  if (status === "failed") return el("span", { class: "ticks failed", title: "not delivered" }, "!");
  const box = svg("svg", {
    viewBox: "0 0 14 10", class: "ticks " + status, role: "img", "aria-label": status,
  });
  if (status === "waiting") {
    box.append(svg("circle", { cx: 7, cy: 5, r: 4 }), svg("path", { d: "M7 2.8V5.2L8.6 6" }));
  } else {
    box.append(svg("path", { d: TICK }));
  }
  if (status === "delivered" || status === "read") box.append(svg("path", { d: SECOND }));
  return box;
}

/** The element of one bubble. `act` holds openLink(url) -> Bool and openList(bubble). */
export function bubbleElement(bubble, act) {
  const mine = bubble.direction === "out", onLink = act.openLink;
  const body = el("div", { class: "bubble-body" });
  const mark = mine ? ticks(bubble.status ?? "sent") : null;
  const time = el("span", { class: "meta" }, el("time", {}, clockTime(bubble.at)), mark);
  if (bubble.kind === "template") {
    const label = ["template", bubble.template?.name, bubble.template?.language].filter(Boolean).join(" · ");
    const why = "Approved template, sent because the 24-hour window is closed";
    body.append(el("span", { class: "template-mark", title: why }, label));
  }
  if (bubble.document) body.append(documentElement(bubble.document, bubble.kind));
  if (bubble.header) body.append(el("strong", { class: "bubble-header" }, bubble.header));
  if (bubble.text || !bubble.document) {
    body.append(el("span", { class: "bubble-text", dir: "auto" }, richText(bubble.text ?? "", onLink)));
  }
  if (bubble.footer) body.append(el("span", { class: "bubble-footer" }, bubble.footer));
  body.lastElementChild.append(el("span", { class: "meta-room" }));
  body.append(time);
  const look = `bubble ${mine ? "mine" : "theirs"} kind-${bubble.kind}`;
  const box = el("div", { class: look, "data-id": bubble.id }, body);
  for (const button of bubble.buttons ?? []) box.append(buttonElement(button, bubble, act));
  if (bubble.list) {
    box.append(el("button", { type: "button", class: "bubble-action", onclick: () => act.openList(bubble) },
      listIcon(), bubble.list.button ?? "Options"));
  }
  return box;
}

/** A file: its name, kind and size, and the file itself at a press. */
function documentElement(file, kind) {
  const safe = /^(https?:\/\/|\/sandbox\/v1\/media\/)/i.test(file.url) ? file.url : null;
  const ending = (/\.([A-Za-z0-9]{1,5})$/.exec(file.filename) ?? ["", kind])[1].toUpperCase();
  const size = typeof file.bytes === "number" ? " · " + fileSize(file.bytes) : "";
  const inside = [
    el("span", { class: "file-mark", "aria-hidden": "true" }, ending.slice(0, 4)),
    el("span", { class: "file-name" }, file.filename), el("small", {}, ending + size),
  ];
  if (!safe) return el("div", { class: "bubble-file" }, ...inside);
  return el("a", { class: "bubble-file", href: safe, download: file.filename, rel: "noopener noreferrer" }, ...inside);
}

function fileSize(bytes) {
  if (bytes < 1000) return bytes + " B";
  return bytes < 1_000_000 ? Math.round(bytes / 1000) + " kB" : (bytes / 1_000_000).toFixed(1) + " MB";
}

function buttonElement(button, bubble, act) {
  if (button.url) return anchor(button.url, button.title, act.openLink, "bubble-action link-action");
  const tap = () => act.tap(bubble, button);
  return el("button", { type: "button", class: "bubble-action", onclick: tap }, button.title);
}

function listIcon() {
  const lines = svg("path", { d: "M2 4h2M6 4h8M2 8h2M6 8h8M2 12h2M6 12h8" });
  return svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", class: "list-icon" }, lines);
}

/** "Today", "Yesterday" or a date, as the little plate between days. */
export function dayName(ms) {
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((midnight(new Date()) - midnight(new Date(ms))) / 86_400_000);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  return new Date(ms).toISOString().slice(0, 10);
}
