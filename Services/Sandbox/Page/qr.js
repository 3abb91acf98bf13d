// A QR code of a short text: ISO/IEC 18004, byte mode, error correction level M, versions 1 to 10 (213
// bytes). Only what a payment address needs; no other mode, no other level.

// Per version at level M: error correction bytes per block, then [blocks, data bytes in each] groups.
const BLOCKS = [
  [10, [1, 16]], [16, [1, 28]], [26, [1, 44]], [18, [2, 32]], [24, [2, 43]], [16, [4, 27]], [18, [4, 31]],
  [22, [2, 38], [2, 39]], [22, [3, 36], [2, 37]], [26, [4, 43], [1, 44]],
];
const CENTRES = [
  [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50],
];
const LEVEL_M = 0;

// Powers and logarithms in GF(256) with x^8+x^4+x^3+x^2+1.
const EXP = new Uint8Array(510), LOG = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  EXP[i] = EXP[i + 255] = x;
  LOG[x] = i;
  x = x & 128 ? (x << 1) ^ 0x11d : x << 1;
}
const times = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);

function correction(data, count) {
  let generator = [1];
  for (let i = 0; i < count; i++) {
    const next = new Array(generator.length + 1).fill(0);
    generator.forEach((c, at) => { next[at] ^= c; next[at + 1] ^= times(c, EXP[i]); });
    generator = next;
  }
  const rest = [...data, ...new Array(count).fill(0)];
  for (let i = 0; i < data.length; i++) {
    const factor = rest[i];
    if (factor) generator.forEach((c, at) => { rest[i + at] ^= times(c, factor); });
  }
  return rest.slice(data.length);
}

function codewords(bytes, version) {
  const [parity, ...groups] = BLOCKS[version - 1];
  const room = groups.reduce((sum, [n, size]) => sum + n * size, 0), bits = [];
  const put = (value, width) => { for (let i = width - 1; i >= 0; i--) bits.push((value >> i) & 1); };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  const data = [];
  for (let i = 0; i < bits.length; i += 8) {
    data.push(bits.slice(i, i + 8).reduce((sum, bit) => sum * 2 + bit, 0));
  }
  for (let pad = 0xec; data.length < room; pad ^= 0xfd) data.push(pad);
  const blocks = [];
  let from = 0;
  for (const [n, size] of groups) {
    for (let i = 0; i < n; i++, from += size) blocks.push(data.slice(from, from + size));
  }
  const checks = blocks.map((block) => correction(block, parity)), out = [];
  const longest = Math.max(...blocks.map((block) => block.length));
  for (let i = 0; i < longest; i++) for (const block of blocks) if (i < block.length) out.push(block[i]);
  for (let i = 0; i < parity; i++) for (const check of checks) out.push(check[i]);
  return out;
}

function remainder(value, divisor, width) {
  let rest = value << width;
  const top = 31 - Math.clz32(divisor);
  while (rest && 31 - Math.clz32(rest) >= top) rest ^= divisor << (31 - Math.clz32(rest) - top);
  return rest;
}

const MASKS = [
  (r, c) => (r + c) % 2 === 0, (r) => r % 2 === 0, (r, c) => c % 3 === 0, (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0, (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0, (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

/** The patterns that are the same for every text, and which cells they occupy. */
function frame(version) {
  const size = version * 4 + 17, dark = [], fixed = [];
  for (let r = 0; r < size; r++) {
    dark.push(new Array(size).fill(false));
    fixed.push(new Array(size).fill(false));
  }
  const set = (r, c, value) => {
    if (r >= 0 && c >= 0 && r < size && c < size) { dark[r][c] = value; fixed[r][c] = true; }
  };
  for (let i = 0; i < size; i++) { set(6, i, i % 2 === 0); set(i, 6, i % 2 === 0); }
  for (const [top, left] of [[0, 0], [0, size - 7], [size - 7, 0]]) {
    for (let r = -1; r <= 7; r++) for (let c = -1; c <= 7; c++) {
      const ring = Math.max(Math.abs(r - 3), Math.abs(c - 3));
      set(top + r, left + c, ring !== 2 && ring !== 4);
    }
  }
  const centres = CENTRES[version - 1], last = centres.length - 1;
  centres.forEach((y, i) => centres.forEach((x, j) => {
    if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)) return;
    for (let r = -2; r <= 2; r++) for (let c = -2; c <= 2; c++) {
      set(y + r, x + c, Math.max(Math.abs(r), Math.abs(c)) !== 1);
    }
  }));
  return { size, dark, fixed, set };
}

function writeFormat({ size, set }, version, mask) {
  const value = LEVEL_M * 8 + mask, format = ((value << 10) | remainder(value, 0x537, 10)) ^ 0x5412;
  for (let i = 0; i < 15; i++) {
    const bit = ((format >> i) & 1) === 1;
    if (i < 6) set(i, 8, bit); else if (i < 8) set(i + 1, 8, bit); else set(size - 15 + i, 8, bit);
    if (i < 8) set(8, size - 1 - i, bit); else if (i === 8) set(8, 7, bit); else set(8, 14 - i, bit);
  }
  set(size - 8, 8, true);
  if (version < 7) return;
  const bits = (version << 12) | remainder(version, 0x1f25, 12);
  for (let i = 0; i < 18; i++) {
    const bit = ((bits >> i) & 1) === 1, a = Math.floor(i / 3), b = size - 11 + (i % 3);
    set(a, b, bit);
    set(b, a, bit);
  }
}

/** The four penalty rules of the standard, so that the chosen mask is easy to read. */
function penalty(dark) {
  const size = dark.length;
  let sum = 0, count = 0;
  for (let turn = 0; turn < 2; turn++) for (let r = 0; r < size; r++) {
    const line = turn ? dark.map((row) => row[r]) : dark[r], text = line.map((cell) => (cell ? 1 : 0)).join("");
    for (const run of text.match(/0+|1+/g)) if (run.length >= 5) sum += run.length - 2;
    for (let at = 0; at + 11 <= size; at++) {
      const part = text.slice(at, at + 11);
      if (part === "10111010000" || part === "00001011101") sum += 40;
    }
  }
  for (let r = 0; r < size; r++) for (let c = 0; c < size; c++) {
    if (dark[r][c]) count++;
    if (!r || !c) continue;
    const square = [dark[r - 1][c], dark[r][c - 1], dark[r - 1][c - 1]];
    if (square.every((cell) => cell === dark[r][c])) sum += 3;
  }
  return sum + Math.floor(Math.abs((count * 20) / (size * size) - 10)) * 10;
}

/** Rows of booleans (true is dark), or null when the text is longer than 213 bytes. */
export function qrMatrix(text) {
  const bytes = [...new TextEncoder().encode(text)];
  const version = BLOCKS.findIndex(([, ...groups], at) =>
    groups.reduce((sum, [n, size]) => sum + n * size, 0) * 8 >= bytes.length * 8 + 4 + (at + 1 < 10 ? 8 : 16)) + 1;
  if (version === 0) return null;
  const words = codewords(bytes, version);
  let best = null;
  for (let mask = 0; mask < 8; mask++) {
    const draft = frame(version);
    writeFormat(draft, version, mask);
    const { size, dark, fixed } = draft;
    let at = 0;
    for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
      if (right === 6) right = 5;
      for (let step = 0; step < size; step++) for (const c of [right, right - 1]) {
        const r = up ? size - 1 - step : step;
        if (fixed[r][c]) continue;
        const bit = at < words.length * 8 && ((words[at >> 3] >> (7 - (at & 7))) & 1) === 1;
        at++;
        dark[r][c] = bit !== MASKS[mask](r, c);
      }
    }
    const score = penalty(dark);
    if (best === null || score < best.score) best = { score, dark };
  }
  return best.dark;
}
