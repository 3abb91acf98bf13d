// The seller's phone: draws the chat that the sandbox keeps, and sends what the person writes or taps.
// Which service answers, and how, is not known here.
import { alarm, byId, calm, call, el, every } from "/dom.js";
import { bubbleElement, dayName } from "/bubbles.js";
import { checkoutPath } from "/bank.js";

const OLD_SECONDS = 25 * 3600; // one hour past WhatsApp's customer service window
const FOR_SELLER = [
  "hello", "pay 100 \"Cafea + croissant\" #cafea", "25.50", "/rtp 70 069111222 Ion Rusu", "today", "list",
  "export today", "cancel", "/lang", "help",
];
const FOR_STRANGER = ["hello", "pay 100"];

export function startPhone({ openLink, sent, linkArrived }) {
  const chat = byId("chat"), text = byId("compose-text"), sheet = byId("sheet");
  let seller = null, revision = -1, drawn = new Map(), pending = [], opener = null, lastLink = null;

  const act = {
    openLink(url) {
      if (checkoutPath(url) === null) return false;
      openLink(url);
      return true;
    },
    openList: showSheet,
    tap: (bubble, row) => send("tap", { messageId: bubble.id, rowId: row.id }, row.title),
  };

  function show(chosen) {
    seller = chosen;
    revision = -1;
    drawn = new Map();
    pending = [];
    lastLink = undefined;
    closeSheet();
    chat.replaceChildren();
    drawChips();
    refresh().catch((problem) => alarm("chat", problem.message));
  }

  function drawChips() {
    const texts = /unknown|blocked/i.test(seller.what ?? "") ? FOR_STRANGER : FOR_SELLER;
    byId("chips").replaceChildren(...texts.map((chip) => el("button", {
      type: "button", onclick: () => send("say", { text: chip }, chip),
    }, chip)));
  }

  const path = (verb) => `/sandbox/v1/phones/${encodeURIComponent(seller.phone)}/${verb}`;

  async function send(verb, body, words) {
    const from = seller, waiting = {
      id: "waiting-" + pending.length + "-" + Date.now(), direction: "out", kind: "text", text: words,
      at: Date.now(), status: "waiting",
    };
    if (byId("stamp-old").checked) body.timestamp = Math.floor(Date.now() / 1000) - OLD_SECONDS;
    pending.push(waiting);
    draw({ bubbles: [...known(), waiting] });
    try {
      await call(path(verb), body);
      calm("send");
      sent();
    } catch (problem) {
      alarm("send", "Not sent: " + problem.message);
    }
    if (from !== seller) return;
    pending = pending.filter((bubble) => bubble !== waiting);
    revision = -1;
    await refresh().catch((problem) => alarm("chat", problem.message));
  }

  const known = () =>
    [...drawn.values()].map((entry) => entry.bubble).filter((bubble) => bubble.status !== "waiting");

  async function refresh() {
    const asked = seller;
    if (asked === null) return;
    const answer = await call(path("chat") + "?revision=" + revision);
    if (asked !== seller) return;
    byId("chat-sub").textContent = answer.typing ? "typing…" : "business account";
    byId("chat-sub").classList.toggle("typing", answer.typing === true);
    if (answer.unchanged) return;
    revision = answer.revision ?? -1;
    draw({ bubbles: [...(answer.bubbles ?? []), ...pending], typing: answer.typing });
    noticeLink(answer.bubbles ?? []);
  }

  /** A new link rings once at the customer's tab; those already there when the phone was picked up do not. */
  function noticeLink(bubbles) {
    const leads = (button) => button.url && checkoutPath(button.url) !== null;
    const link = bubbles.findLast((bubble) => bubble.direction === "in" && (bubble.buttons ?? []).some(leads));
    if (lastLink !== undefined && link && link.id !== lastLink) linkArrived();
    lastLink = link?.id ?? null;
  }

  function draw({ bubbles, typing }) {
    const atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80, before = drawn;
    drawn = new Map();
    const nodes = [el("p", { class: "chat-note" }, "A test chat. Messages stay in this sandbox.")];
    let day = "", side = "";
    for (const bubble of bubbles) {
      const name = dayName(bubble.at);
      if (name !== day) { nodes.push(el("p", { class: "day" }, name)); day = name; side = ""; }
      const picture = JSON.stringify(bubble), old = before.get(bubble.id);
      const node = old?.picture === picture ? old.node : bubbleElement(bubble, act);
      node.classList.toggle("tail", bubble.direction !== side);
      side = bubble.direction;
      drawn.set(bubble.id, { bubble, picture, node });
      nodes.push(node);
    }
    if (typing) {
      const dots = [el("i"), el("i"), el("i")];
      nodes.push(el("div", { class: "bubble theirs tail dots", "aria-label": "typing" }, ...dots));
    }
    const grew = drawn.size > before.size;
    chat.replaceChildren(...nodes);
    if (atEnd || grew) chat.scrollTop = chat.scrollHeight;
  }

  function showSheet(bubble) {
    opener = document.activeElement;
    byId("sheet-title").textContent = bubble.list.button ?? "Options";
    byId("sheet-rows").replaceChildren(...(bubble.list.sections ?? []).flatMap((section) => [
      section.title ? el("p", { class: "sheet-section" }, section.title) : null,
      ...section.rows.map((row) => el("button", { type: "button", class: "sheet-row", onclick: () => {
        closeSheet();
        act.tap(bubble, row);
      } }, el("span", { class: "row-title" }, row.title), row.description ? el("small", {}, row.description) : null,
      el("i", { class: "radio", "aria-hidden": "true" }))),
    ].filter(Boolean)));
    sheet.hidden = false;
    sheet.querySelector(".sheet-row")?.focus();
  }

  function closeSheet() {
    if (sheet.hidden) return;
    sheet.hidden = true;
    opener?.focus?.();
  }

  sheet.addEventListener("click", (event) => { if (event.target === sheet) closeSheet(); });
  sheet.addEventListener("keydown", (event) => {
    const rows = [...sheet.querySelectorAll("button")], at = rows.indexOf(document.activeElement);
    const move = { ArrowDown: 1, ArrowUp: -1, Tab: event.shiftKey ? -1 : 1 }[event.key];
    if (event.key === "Escape") closeSheet();
    else if (move) { event.preventDefault(); rows[(at + move + rows.length) % rows.length].focus(); }
  });
  byId("sheet-close").addEventListener("click", closeSheet);

  byId("compose").addEventListener("submit", (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (words === "" || seller === null) return;
    text.value = "";
    send("say", { text: words }, words);
  });

  byId("stamp-old").addEventListener("change", (event) => {
    text.placeholder = event.target.checked ? "Message, stamped 25 hours ago" : "Message";
    document.querySelector(".phone").classList.toggle("old", event.target.checked);
  });

  const menu = byId("menu"), opens = byId("menu-open");
  const toggle = (open) => {
    menu.hidden = !open;
    opens.setAttribute("aria-expanded", String(open));
  };
  opens.addEventListener("click", () => toggle(menu.hidden));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.hidden) return;
    toggle(false);
    opens.focus();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#menu, #menu-open")) toggle(false);
  });

  every(600, "chat", refresh);
  return {
    show,
    number: () => seller?.phone ?? "",
    business(account) { byId("chat-name").textContent = account.name ?? "Till"; },
  };
}
