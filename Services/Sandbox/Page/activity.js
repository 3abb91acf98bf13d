// The live line below the panes: what each service wrote into its log, newest first. The log holds no names,
// numbers or texts, so neither does this table.
import { byId, call, clockTime, el, every } from "/dom.js";

const RECEIPT = "message.statusApplied"; // sent, delivered, read: three for every message, hidden unless asked for
const ROWS_MAX = 200; // older rows leave the page; the log files keep them

export function startActivity() {
  const body = byId("activity"), pause = byId("activity-pause");
  let cursor = 0, chosen = null, paused = false;

  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Resume" : "Pause";
  });

  byId("activity-receipts").addEventListener("change", (event) => {
    body.classList.toggle("with-receipts", event.target.checked);
  });

  /** Marks every row of one request, so that its way through the services can be followed. */
  function follow(requestId) {
    chosen = chosen === requestId ? null : requestId;
    for (const row of body.rows) row.classList.toggle("chosen", row.dataset.request === chosen);
    byId("activity-note").textContent = chosen ? "following one request; press again to stop" : "newest first";
  }

  function row(line) {
    const id = line.requestId ?? "";
    const request = id === "" ? el("td", {}, "·") : el("td", {}, el("button", {
      type: "button", class: "request", title: id, onclick: () => follow(id),
    }, id.replace(/^req_/, "").slice(-8)));
    const bad = line.level === "error" || line.level === "warning";
    const ms = typeof line.ms !== "number" ? "" : line.ms < 10 ? line.ms.toFixed(1) : Math.round(line.ms);
    return el("tr", {
      class: [bad ? "bad" : "", "fresh", id && id === chosen ? "chosen" : ""].join(" "),
      "data-request": id, "data-service": line.service ?? "",
    },
      el("td", { class: "time" }, clockTime(line.at, true)), request,
      el("td", {}, el("span", { class: "service" }, line.service ?? "")),
      el("td", { class: "what" }, line.what ?? ""),
      el("td", { class: "num" }, ms));
  }

  every(800, "activity", async () => {
    if (paused) return;
    const answer = await call("/sandbox/v1/activity?after=" + cursor);
    cursor = answer.cursor ?? cursor;
    const lines = answer.lines ?? [];
    if (lines.length === 0) return;
    byId("activity-empty").hidden = true;
    const isReceipt = (line) => line.what?.startsWith(RECEIPT);
    const receipts = new Set(lines.filter(isReceipt).map((line) => line.requestId));
    for (const line of lines) body.prepend(row(line));
    for (const shown of body.rows) if (receipts.has(shown.dataset.request)) shown.classList.add("receipt");
    while (body.rows.length > ROWS_MAX) body.deleteRow(-1);
  });
}
