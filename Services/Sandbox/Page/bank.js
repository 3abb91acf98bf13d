// The customer's side: the bank's own checkout page in a frame, and the payments the fake banks hold. Only
// links that lead to a checkout page of this sandbox are opened here; any other link opens in a tab of its
// own.
import { alarm, byId, calm, call, el, every } from "/dom.js";

const RECENT_MAX = 6;

/** The path of a checkout page of this sandbox, or null. The host is ignored: 127.0.0.1 and localhost are one. */
export function checkoutPath(text) {
  let url;
  try { url = new URL(text, location.origin); } catch { return null; }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const leads = url.pathname.endsWith("/checkout") && url.searchParams.has("paymentId");
  return leads ? url.pathname + url.search : null;
}

export function startBank({ showPane, paid, rings }) {
  const frame = byId("bank-frame"), list = byId("recent-list");
  let shown = "", drawn = "", ringing = null;

  function open(text) {
    const path = checkoutPath(text);
    if (path === null) return;
    shown = new URL(path, location.origin).searchParams.get("paymentId");
    byId("bank-empty").hidden = true;
    byId("bank-reload").hidden = false;
    byId("bank-address").textContent = text;
    frame.hidden = false;
    frame.src = path + "&manual=1"; // here a person presses; nothing pays by itself
    showPane("bank");
  }

  byId("bank-reload").addEventListener("click", () => { frame.src = frame.src; });

  /** The newest request to pay that nobody has answered rings until somebody does, or until it runs out. */
  function ring(payments) {
    const request = payments.findLast((payment) => payment.payerPhone && payment.status === "CREATED");
    if (request && request.paymentId !== ringing) rings();
    ringing = request?.paymentId ?? null;
    byId("ring").hidden = ringing === null;
    if (!request) return;
    byId("ring-phone").textContent = request.payerPhone + " · " + request.merchantName + " asks for";
    byId("ring-what").textContent = request.amount + " " + request.currency;
    byId("ring-why").textContent = request.payDescription;
  }

  async function answer(verb, body) {
    if (ringing === null) return;
    try {
      await call(`/sandbox/v1/payments/${ringing}/${verb}`, body);
      calm("ring");
    } catch (problem) {
      alarm("ring", problem.message);
    }
    await look().catch(() => {}); // the next turn says so
  }

  byId("ring-accept").addEventListener("click", () => answer("pay", { slowly: true }));
  byId("ring-decline").addEventListener("click", () => answer("decline", {}));

  every(1200, "payments", look);

  async function look() {
    const { payments } = await call("/sandbox/v1/payments");
    ring(payments);
    if (payments.some((payment) => payment.paymentId === shown && payment.status === "SUCCESS")) paid();
    const latest = payments.slice(-RECENT_MAX).reverse();
    const picture = JSON.stringify([shown, latest.map((payment) => [payment.paymentId, payment.status])]);
    if (picture === drawn) return;
    drawn = picture;
    byId("recent").hidden = latest.length === 0;
    list.replaceChildren(...latest.map((payment) => el("li", {}, el("button", {
      type: "button", "aria-current": payment.paymentId === shown ? "true" : false,
      disabled: !payment.checkoutPage, onclick: () => open(payment.checkoutPage ?? ""),
    },
      el("span", { class: "recent-amount" }, payment.amount + " " + payment.currency),
      el("span", { class: "recent-what" }, payment.payDescription || payment.merchantName || ""),
      el("span", { class: "pill", "data-status": payment.status }, payment.status.toLowerCase())))));
  }

  return { open };
}
