// Reads inputs with node's HTTP parser: one line of hex each in the first file, one line of JSON each in the second.
// Each input gets a connection of its own to a server in this process, on loopback.
'use strict';
const fs = require('fs');
const http = require('http');
const net = require('net');

const inputs = fs.readFileSync(process.argv[2], 'utf8').split('\n').filter((line) => line).map((line) => Buffer.from(line, 'hex'));
const seen = new Map();

const server = http.createServer((request, response) => {
  const entry = seen.get(request.socket.remotePort);
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    if (entry) entry.requests.push({ method: request.method, target: request.url, body: Buffer.concat(parts).toString('hex') });
    response.end();
  });
  request.on('error', () => {});
});
// Without a listener node closes on these; a request that it has read counts all the same.
server.on('checkExpectation', (request, response) => server.emit('request', request, response));
server.on('clientError', (error, socket) => {
  const entry = seen.get(socket.remotePort);
  if (entry && entry.refusal === null) entry.refusal = error.code || 'unknown';
  socket.destroy();
});
server.headersTimeout = 0;
server.requestTimeout = 0;
server.keepAliveTimeout = 0;

function play(bytes, done) {
  const entry = { requests: [], refusal: null };
  const socket = net.connect(server.address().port, '127.0.0.1');
  let key;
  let quiet;
  const rest = () => { clearTimeout(quiet); quiet = setTimeout(() => socket.destroy(), 400); };
  socket.on('connect', () => { key = socket.localPort; seen.set(key, entry); socket.write(bytes); rest(); });
  socket.on('data', rest);
  socket.on('error', () => {});
  socket.on('close', () => { clearTimeout(quiet); setTimeout(() => { seen.delete(key); done(entry); }, 20); });
}

server.listen(0, '127.0.0.1', () => {
  const results = new Array(inputs.length);
  let next = 0;
  let left = inputs.length;
  const start = () => {
    if (next >= inputs.length) return;
    const index = next++;
    play(inputs[index], (entry) => {
      results[index] = entry;
      if (--left === 0) {
        fs.writeFileSync(process.argv[3], results.map((result) => JSON.stringify(result)).join('\n') + '\n');
        process.exit(0);
      }
      start();
    });
  };
  for (let lane = 0; lane < 16; lane++) start();
});
