// Brings the bank's payment page to life: draws the QR code, counts the five minutes down and follows the
// payment. The page works without it; pay and decline are plain forms.
import { call, el, svg } from "/dom.js";
import { qrMatrix } from "/qr.js";

const body = document.body, id = body.dataset.payment, texts = JSON.parse(body.dataset.texts);
const skew = Number(body.dataset.now) - Date.now(), expires = Number(body.dataset.expires);
const FINAL = ["SUCCESS", "FAILED", "DECLINED", "EXPIRED"];
const QUIET = 4; // light modules around the code, as the standard asks

function drawCode() {
  const rows = qrMatrix(location.href);
  if (rows === null) return;
  const side = rows.length + QUIET * 2;
  const cell = (dark, r, c) => (dark ? `M${c + QUIET} ${r + QUIET}h1v1h-1z` : "");
  const path = rows.flatMap((row, r) => row.map((dark, c) => cell(dark, r, c))).join("");
  const picture = { viewBox: `0 0 ${side} ${side}`, "shape-rendering": "crispEdges" };
  document.getElementById("qr").append(svg("svg", picture,
    svg("rect", { width: side, height: side, fill: "#fff" }), svg("path", { d: path, fill: "#12211d" })));
}

function countDown() {
  const left = Math.max(0, Math.ceil((expires - Date.now() - skew) / 1000));
  const box = document.getElementById("left"), seconds = String(left % 60).padStart(2, "0");
  box.textContent = texts.left.replace("{time}", Math.floor(left / 60) + ":" + seconds);
  box.classList.toggle("soon", left <= 60);
  return left;
}

function show(payment) {
  body.dataset.status = payment.status;
  document.getElementById("verdict").textContent = texts[payment.status] ?? "";
  document.getElementById("reference").textContent = payment.swiftMessageId ?? "";
  trouble("");
}

function trouble(words) {
  const box = document.getElementById("trouble");
  box.hidden = words === "";
  box.textContent = words;
}

for (const [at, verb] of ["pay", "decline"].entries()) {
  const form = document.forms[at];
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      show(await call(`/sandbox/v1/payments/${encodeURIComponent(id)}/${verb}`, { slowly: true }));
    } catch (problem) {
      trouble(problem.message);
    }
    button.disabled = false;
  });
}

async function follow() {
  if (FINAL.includes(body.dataset.status)) return;
  countDown();
  try {
    show(await call(`/sandbox/v1/payments/${encodeURIComponent(id)}`));
  } catch (problem) {
    trouble(problem.message);
  }
  setTimeout(follow, 1000);
}

if (id) {
  drawCode();
  follow();
} else {
  document.querySelector(".waiting").replaceWith(el("p", { class: "for" }, ""));
}
