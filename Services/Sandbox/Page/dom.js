// Small ways to build the page and to talk to the sandbox. Every text becomes a text node: chat texts, names
// and log lines are written by strangers, so nothing in this page uses innerHTML.

/** Creates an element; `attributes` may hold on<Event> functions, booleans and strings. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** Creates an SVG element with attributes and child elements. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Calls the sandbox; throws an Error whose message can be shown to a person. */
export async function call(path, body) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), 8000);
  try {
    const answer = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", signal: abort.signal,
    });
    const text = await answer.text();
    const json = text === "" ? {} : JSON.parse(text);
    if (!answer.ok) throw new Error(json?.error?.message ?? `The sandbox answered ${answer.status}.`);
    return json;
  } catch (problem) {
    if (problem.name === "AbortError") throw new Error("The sandbox did not answer within 8 seconds.");
    if (problem instanceof TypeError) throw new Error("The sandbox cannot be reached. Is it still running?");
    if (problem instanceof SyntaxError) throw new Error("The sandbox gave an answer that cannot be read.");
    throw problem;
  } finally {
    clearTimeout(timer);
  }
}

const troubles = new Map();

/** Shows a trouble until `calm` is called with the same topic. */
export function alarm(topic, message) {
  troubles.set(topic, message);
  drawAlarm();
}

export function calm(topic) {
  if (troubles.delete(topic)) drawAlarm();
}

function drawAlarm() {
  const box = byId("alarm");
  if (!box) return;
  box.hidden = troubles.size === 0;
  box.textContent = [...new Set(troubles.values())].join(" ");
}

/** Runs `work` again and again, `pause` ms after it ended; slower while the page is hidden or in trouble. */
export function every(pause, topic, work) {
  let failures = 0;
  const turn = async () => {
    try {
      if (!document.hidden) await work();
      if (failures > 0) { failures = 0; calm(topic); }
    } catch (problem) {
      failures += 1;
      if (failures > 1) alarm(topic, problem.message);
    }
    setTimeout(turn, failures > 0 ? Math.min(pause * 2 ** failures, 8000) : pause);
  };
  turn();
}

/** Hours and minutes on this computer's clock, as a chat shows them. */
export function clockTime(ms, seconds = false) {
  const at = new Date(ms), two = (n) => String(n).padStart(2, "0");
  return two(at.getHours()) + ":" + two(at.getMinutes()) + (seconds ? ":" + two(at.getSeconds()) : "");
}
