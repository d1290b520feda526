/** The frames of the market streams, and the control frames that ask for them. */
import { describe, expect, it } from 'vitest';

import { barsFromRows, SimulatedRuntime } from '../../../../src/core/index.ts';
import { BarMarket } from '../../../../src/venue/index.ts';
import { BinanceApi } from '../../../../src/venue/index.ts';
import { instrument, quietBars } from './local.ts';

const begin = Date.UTC(2024, 0, 1, 12);
type Frame = Record<string, unknown>;

interface Client {
  readonly frames: Frame[];
  readonly closed: string[];
  send(frame: object | string): void;
}

function local(): { runtime: SimulatedRuntime; market: BarMarket; face: BinanceApi; connect: (path: string) => Client } {
  const runtime = new SimulatedRuntime(1, begin);
  const bars = barsFromRows(quietBars(begin - 26 * 3_600_000, 26 * 60 + 10));
  const market = new BarMarket(runtime, { series: [{ instrument, bars, timeframe: '1m' }], spread: 1 });
  const face = new BinanceApi(runtime, market);
  market.start();
  return {
    runtime, market, face,
    connect: (path) => {
      const [frames, closed]: [Frame[], string[]] = [[], []];
      const service = face.accept(`wss://stream.binance.com:9443${path}`, {
        send: (text) => frames.push(JSON.parse(text as string) as Frame),
        close: (reason = '') => closed.push(reason),
      });
      return { frames, closed, send: (frame) => service!.frame(typeof frame === 'string' ? frame : JSON.stringify(frame)) };
    },
  };
} // prettier-ignore

describe('a frame that is no request', () => {
  it.each(['{"method":', 'null', '7'])('is answered with an error, and the socket goes on: %s', (text) => {
    const { connect } = local();
    const streams = connect('/ws');
    streams.send(text);
    expect(streams.frames).toMatchObject([{ error: { code: 3 } }]);
    const api = connect('/ws-api/v3');
    for (const frame of [text, '{"id":1,"method":"ping","params":7}']) api.send(frame);
    expect(api.frames).toMatchObject([
      { status: 400, error: { code: -1135 } },
      { id: 1, status: 200 },
    ]);
    expect([...streams.closed, ...api.closed]).toEqual([]);
  });
});

describe('market streams', () => {
  it('carry the name of the stream on the combined path, and the bare event on the other', () => {
    const { runtime, connect } = local();
    const combined = connect('/stream?streams=btcusdt@aggTrade/btcusdt@trade');
    const raw = connect('/ws/btcusdt@trade');
    runtime.advance(1_000);
    expect(combined.frames.map(({ stream }) => stream)).toEqual(['btcusdt@aggTrade', 'btcusdt@trade']);
    const event = { e: 'trade', s: 'BTCUSDT', p: '100.0', T: begin + 600, m: false };
    expect(combined.frames[1]!['data']).toMatchObject(event);
    expect(raw.frames).toMatchObject([event]);
    expect(combined.frames[0]!['data']).toMatchObject({ e: 'aggTrade', T: begin + 600, a: raw.frames[0]!['t'] });
  });

  it('are subscribed to, listed and left by control frames', () => {
    const { runtime, connect } = local();
    const client = connect('/ws');
    client.send({ method: 'SUBSCRIBE', params: ['btcusdt@trade', 'btcusdt@depth20@100ms'], id: 7 });
    client.send({ method: 'LIST_SUBSCRIPTIONS', id: 'list' });
    client.send({ method: 'UNSUBSCRIBE', params: ['btcusdt@trade', 'btcusdt@depth20@100ms'], id: 8 });
    client.send({ method: 'DANCE', id: 9 });
    expect(client.frames).toMatchObject([
      { result: null, id: 7 },
      { result: ['btcusdt@trade', 'btcusdt@depth20@100ms'], id: 'list' },
      { result: null, id: 8 },
      { error: { code: 2, msg: expect.stringContaining('unknown variant `DANCE`') as string }, id: 9 },
    ]);
    runtime.advance(60_000);
    expect(client.frames).toHaveLength(4);
    client.send('{"method":');
    expect(client.frames.at(-1)).toMatchObject({ error: { code: 3 } });
    client.send({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
    expect(client.closed).toEqual([]);
    for (let i = 0; i < 6; i++) client.send({ method: 'LIST_SUBSCRIPTIONS', id: i });
    expect(client.closed).toEqual(['too many control frames']);
  });

  it('push bars as they form, and each of them once closed before anything of the next', () => {
    const { runtime, connect } = local();
    const client = connect('/ws/btcusdt@kline_1m');
    runtime.advance(150_000);
    const bars = client.frames.map(({ k }) => k as { t: number; x: boolean; o: string; h: string; l: string; c: string; v: string; n: number });
    const closed = bars.filter(({ x }) => x);
    expect(closed.map(({ t }) => (t - begin) / 60_000)).toEqual([0, 1]);
    for (const bar of closed) expect(bar).toMatchObject({ o: '100.0', h: '101.0', l: '99.0', c: '100.5', v: '10.0000' });
    const at = bars.indexOf(closed[0]!);
    expect(bars.slice(0, at).every(({ t }) => t === begin)).toBe(true);
    expect(bars.slice(at + 1).every(({ t }) => t > begin)).toBe(true);
    expect(at).toBeGreaterThan(5);
  }); // prettier-ignore

  it('push silent bars too, flat at the last price, as the bars by request are', () => {
    const { runtime, market, face, connect } = local();
    const client = connect('/ws/btcusdt@kline_1m');
    runtime.advance(70_000);
    market.stop();
    runtime.advance(170_000);
    const closed = client.frames.map(({ k }) => k as { t: number; x: boolean; o: string; c: string; v: string }).filter(({ x }) => x);
    expect(closed.map(({ t }) => (t - begin) / 60_000)).toEqual([0, 1, 2, 3]);
    expect(closed.slice(2).map(({ o, c, v }) => [o, c, v])).toEqual([['100.0', '100.0', '0.0000'], ['100.0', '100.0', '0.0000']]);
    let rows: unknown[][] = [];
    face.request({ method: 'GET', url: `http://x/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=${begin}` }, ({ text }) => {
      rows = JSON.parse(text) as unknown[][];
    });
    expect(rows.slice(0, 4).map((row) => [row[0], row[4], row[5]])).toEqual(closed.map(({ t, c, v }) => [t, c, v]));
  }); // prettier-ignore

  it('push the best levels whole, changes with their numbers, and the day', () => {
    const { runtime, market, connect } = local();
    const client = connect('/stream?streams=btcusdt@depth5@100ms/btcusdt@depth/btcusdt@depth@100ms/btcusdt@ticker/btcusdt@miniTicker');
    runtime.advance(40_000);
    const of = (stream: string): Frame[] => client.frames.filter((frame) => frame['stream'] === stream).map(({ data }) => data as Frame);
    const best = of('btcusdt@depth5@100ms').at(-1)!;
    expect(best).toEqual({
      lastUpdateId: market.updateId('BTC/USDT'),
      bids: market.book('BTC/USDT', 5).bids.map(([price, size]) => [(price / 10).toFixed(1), (size / 1e4).toFixed(4)]),
      asks: market.book('BTC/USDT', 5).asks.map(([price, size]) => [(price / 10).toFixed(1), (size / 1e4).toFixed(4)]),
    });
    for (const stream of ['btcusdt@depth', 'btcusdt@depth@100ms']) {
      const deltas = of(stream);
      expect(deltas.length).toBeGreaterThan(5);
      for (let i = 1; i < deltas.length; i++) expect(deltas[i]!['U']).toBe((deltas[i - 1]!['u'] as number) + 1);
    }
    const [day, mini] = [of('btcusdt@ticker').at(-1)!, of('btcusdt@miniTicker').at(-1)!];
    expect(day).toMatchObject({ e: '24hrTicker', s: 'BTCUSDT', o: '100.0', h: '101.0', l: '99.0' });
    expect(Number(day['v'])).toBeGreaterThan(1_439 * 10);
    expect(mini).toMatchObject({ e: '24hrMiniTicker', c: day['c'], v: day['v'] });
    expect(of('btcusdt@ticker').length).toBe(40);
  }); // prettier-ignore

  it('end when the venue stops, and set no timer of their own while nobody listens', () => {
    const { runtime, market, face, connect } = local();
    market.stop();
    const client = connect('/stream?streams=btcusdt@ticker/btcusdt@kline_1m/btcusdt@depth');
    expect(runtime.pending).toBeGreaterThan(0);
    face.stop();
    expect(client.closed).toEqual(['closing']);
    expect(runtime.pending).toBe(0);
    connect('/ws');
    expect(runtime.pending).toBe(0);
  });
});
