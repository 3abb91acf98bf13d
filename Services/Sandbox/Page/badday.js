// The bad day: one press sets a fault of the sandbox that strikes the chosen seller's next message or the next
// payment, and the chat shows what the services make of it.
import { alarm, byId, calm, call, el, every } from "/dom.js";

/** What can be asked for; `mine` strikes this seller only. */
const TROUBLES = [
  ["My next message comes twice", { at: "webhook", kind: "duplicate" }, true],
  ["My next message is overtaken", { at: "webhook", kind: "reorder", delayMs: 4000 }, true],
  ["My next message is signed wrongly at first", { at: "webhook", kind: "wrongSignature" }, true],
  ["Meta says that the window is closed", { at: "messages", kind: "windowClosed" }, true],
  ["Meta fails the next answer later", { at: "messages", kind: "windowClosedLater" }, true],
  ["Meta is too busy, twice", { at: "messages", kind: "throttled", times: 2 }, true],
  ["The bank's answer to a payment is lost", { at: "pay", kind: "broken" }, false],
  ["The bank takes four seconds", { at: "pay", kind: "slow", delayMs: 4000 }, false],
  ["The bank is down, three times", { at: "pay", kind: "unavailable", times: 3 }, false],
  ["The bank's callback is lost", { at: "callback", kind: "lost" }, false],
  ["The bank's callback comes twice", { at: "callback", kind: "duplicate" }, false],
  ["The bank's callback is tampered with", { at: "callback", kind: "tampered" }, false],
];

/** `phone()` gives the number of the seller who is played. */
export function startBadDay(phone) {
  const box = byId("bad-day"), note = byId("bad-day-note");

  async function ask(work) {
    try {
      await work();
      calm("badday");
    } catch (problem) {
      alarm("badday", problem.message);
    }
    await refresh().catch(() => {}); // the next turn says so
  }

  for (const [label, fault, mine] of TROUBLES) {
    box.append(el("button", { type: "button", onclick: () => ask(() =>
      call("/sandbox/v1/faults", mine ? { ...fault, phone: phone() } : fault)) }, label));
  }
  box.append(el("button", { type: "button", onclick: () => ask(forge) }, "Forge a callback for the newest payment"));
  byId("bad-day-clear").addEventListener("click", () => ask(() => fetch("/sandbox/v1/faults", { method: "DELETE" })));

  async function forge() {
    const { payments } = await call("/sandbox/v1/payments");
    const open = payments.findLast((payment) => payment.status === "CREATED");
    if (!open) throw new Error("There is no open payment to lie about.");
    await call(`/sandbox/v1/payments/${open.paymentId}/lie`, { kind: "forged" });
  }

  async function refresh() {
    const { faults } = await call("/sandbox/v1/faults");
    note.textContent = faults.length === 0 ? "nothing is wrong now"
      : faults.map((fault) => fault.at + ": " + fault.kind).join(", ");
    byId("menu-open").classList.toggle("troubled", faults.length > 0);
    byId("bad-day-clear").hidden = faults.length === 0;
  }

  every(1500, "faults", refresh);
}
