/** The other end of the loopback benches: a WebSocket server in a worker that floods prepared frames, or sends stamped ones at a rate. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const { frames, instruments, depth, mode, perSecond, seconds } = workerData;

/** One text frame as a server sends it: no mask. */
function framed(text) {
  const body = Buffer.from(text);
  const head =
    body.length < 126
      ? Buffer.from([0x81, body.length])
      : body.length < 65536
        ? Buffer.from([0x81, 126, body.length >> 8, body.length & 255])
        : Buffer.from([
            0x81,
            127,
            0,
            0,
            0,
            0,
            (body.length >>> 24) & 255,
            (body.length >>> 16) & 255,
            (body.length >>> 8) & 255,
            body.length & 255,
          ]);
  return Buffer.concat([head, body]);
}

const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(request.url.includes('exchangeInfo') ? instruments : depth);
});

server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.once('data', () => {
    if (mode === 'flood') flood(socket);
    else pace(socket);
  });
});

function flood(socket) {
  const chunks = [];
  for (let i = 0; i < frames.length; i += 500) chunks.push(Buffer.concat(frames.slice(i, i + 500).map(framed)));
  let next = 0;
  const more = () => {
    while (next < chunks.length) if (!socket.write(chunks[next++])) return void socket.once('drain', more);
  };
  setTimeout(more, 300);
}

function pace(socket) {
  const began = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    while (sent < due) {
      const stamp = (performance.timeOrigin + performance.now()).toFixed(3);
      socket.write(
        framed(
          `{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":${++sent},"s":"BTCUSDT","b":"1.0","B":"1.0","a":"2.0","A":"1.0","T":1,"E":${stamp}}}`,
        ),
      );
    }
    if (sent >= perSecond * seconds) clearInterval(timer);
  }, 1);
}

server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
