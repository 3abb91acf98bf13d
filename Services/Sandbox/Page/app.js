// Starts the page: the sellers to choose from, the panes on a narrow screen, and the three steps of the tour.
// What a pane shows is in its own file (phone.js, bank.js, activity.js).
import { alarm, byId, calm, call, el } from "/dom.js";
import { startActivity } from "/activity.js";
import { startBadDay } from "/badday.js";
import { startBank } from "/bank.js";
import { startPhone } from "/phone.js";

const LANGUAGES = { ro: "Română", ru: "Русский", en: "English", fr: "Français", de: "Deutsch" };

function showPane(name) {
  document.body.dataset.pane = name;
  for (const tab of document.querySelectorAll(".tabs [role=tab]")) {
    const chosen = tab.dataset.pane === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  if (name === "bank") byId("bank-dot").hidden = true;
}

function startTabs() {
  const tabs = [...document.querySelectorAll(".tabs [role=tab]")];
  for (const [at, tab] of tabs.entries()) {
    tab.addEventListener("click", () => showPane(tab.dataset.pane));
    tab.addEventListener("keydown", (event) => {
      const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!move) return;
      const next = tabs[(at + move + tabs.length) % tabs.length];
      next.focus();
      showPane(next.dataset.pane);
    });
  }
}

/** Marks a step of the tour as done; the first undone one is the one to look at. */
const done = new Set();
export function stepDone(number) {
  done.add(number);
  const next = [1, 2, 3].find((n) => !done.has(n));
  for (const n of [1, 2, 3]) {
    byId("step-" + n).className = done.has(n) ? "done" : n === next ? "next" : "";
  }
  byId("step-4").hidden = next !== undefined;
}

function drawSellers(sellers, choose) {
  const box = byId("sellers");
  const cards = sellers.map((seller, at) => el("button", {
    type: "button", class: "seller", role: "radio", "aria-checked": "false", tabindex: at === 0 ? "0" : "-1",
    onclick: () => pick(at), onkeydown: (event) => {
      const move = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (!move) return;
      event.preventDefault();
      pick((at + move + sellers.length) % sellers.length, true);
    },
  },
    el("span", { class: "seller-face", "aria-hidden": "true" }, (seller.name ?? "?").slice(0, 1)),
    el("span", { class: "seller-name" }, seller.name ?? seller.phone),
    el("span", { class: "seller-lang", title: LANGUAGES[seller.locale] ?? seller.locale }, seller.locale ?? ""),
    el("span", { class: "seller-what", title: seller.what ?? "" }, seller.what ?? ""),
    el("span", { class: "seller-phone" }, seller.phone)));
  box.replaceChildren(...cards);

  function pick(at, focus = false) {
    for (const [n, card] of cards.entries()) {
      card.setAttribute("aria-checked", String(n === at));
      card.tabIndex = n === at ? 0 : -1;
    }
    if (focus) cards[at].focus();
    cards[at].scrollIntoView({ block: "nearest", inline: "nearest" });
    choose(sellers[at]);
  }
  pick(0);
}

/** The seller of the story that the address names (`?phone=…&name=…`), to watch it being played. */
function ofStory() {
  const asked = new URLSearchParams(location.search), phone = asked.get("phone") ?? "";
  if (!/^\+[0-9]{7,15}$/.test(phone)) return null;
  const name = (asked.get("name") ?? "a story").slice(0, 40);
  return { phone, name, locale: "en", what: "plays a story" };
}

async function start() {
  startTabs();
  stepDone(0);
  const lights = () => { byId("bank-dot").hidden = document.body.dataset.pane === "bank"; };
  const bank = startBank({ showPane, paid: () => stepDone(3), rings: lights });
  const phone = startPhone({
    openLink: (url) => { stepDone(2); bank.open(url); },
    sent: () => stepDone(1),
    linkArrived: lights,
  });
  startBadDay(phone.number);
  startActivity();
  for (;;) {
    try {
      const { sellers, business } = await call("/sandbox/v1/sellers");
      calm("sellers");
      phone.business(business ?? {});
      const guest = ofStory();
      if (guest) sellers.unshift(guest);
      if (sellers.length > 0) { drawSellers(sellers, phone.show); return; }
      alarm("sellers", "The sandbox knows no demo seller.");
    } catch (problem) {
      alarm("sellers", problem.message);
    }
    await new Promise((next) => setTimeout(next, 2000));
  }
}

start();
