import { beforeEach, describe, expect, it } from 'vitest';
import { linkWorld, typing } from '../../test/fakes/link.js';
import { FakeSocket } from '../../test/fakes/socket.js';
import { problem } from '../../test/simulation/server/answer.js';
import { Wire } from './wire.js';

describe('the link', () => {
  let { browser, connect, open, socket } = linkWorld();
  beforeEach(() => {
    ({ browser, connect, open, socket } = linkWorld());
  });

  it('opens a socket with a ticket', async () => {
    const { link, opened } = await open();
    expect(socket().url).toBe('wss://socket.test?ticket=ticket-1');
    expect([link.state.value.kind, opened()]).toEqual(['open', 1]);
  });

  it('passes events on, and ignores frames that it does not know', async () => {
    const { events } = await open();
    socket().receive({ type: 'hologram', chatId: 'c' });
    socket().receive('no JSON');
    socket().receive('null');
    socket().receive({ ...typing, newField: 1 });
    expect(events).toEqual([{ ...typing, newField: 1 }]);
  });

  it('waits with full jitter after a lost socket, longer each time', async () => {
    const { link } = await open();
    const waits: number[] = [];
    for (let round = 0; round < 8; round++) {
      socket().cut();
      const state = link.state.value;
      if (state.kind !== 'waiting') throw new Error(`The link is ${state.kind}.`);
      waits.push(state.retryAt - 1_800_000_000_000 - browser.scheduler.now);
      await browser.pass(waits.at(-1) ?? 0);
      await browser.pass(10);
      socket().open();
      await browser.pass(10);
    }
    waits.forEach((wait, round) => {
      expect(wait).toBeLessThanOrEqual(Math.min(60_000, 1_000 * 2 ** round));
    });
    expect(Math.max(...waits)).toBeGreaterThan(4_000);
  });

  it('begins the waits anew only after a socket has stayed open', async () => {
    const { link } = await open();
    for (let round = 0; round < 7; round++) {
      socket().cut();
      link.retryNow();
      await browser.pass(10);
      socket().open();
      await browser.pass(10);
    }
    await browser.pass(40_000);
    socket().cut();
    const state = link.state.value;
    expect(state.kind === 'waiting' && state.retryAt - 1_800_000_000_000 - browser.scheduler.now).toBeLessThanOrEqual(
      1_000,
    );
  });

  it('tries at once when the user asks', async () => {
    const { link } = await open();
    socket().cut();
    link.retryNow();
    await browser.pass(10);
    expect(browser.sockets).toHaveLength(2);
  });

  it('does not try without a network, and tries when it returns', async () => {
    const { link } = await open();
    browser.online.set(false);
    socket().cut();
    expect(link.state.value.kind).toBe('offline');
    await browser.pass(600_000);
    expect(browser.sockets).toHaveLength(1);
    browser.online.set(true);
    await browser.pass(10);
    expect(browser.sockets).toHaveLength(2);
  });

  it('waits as long as a throttled ticket demands', async () => {
    browser.answer = () => ({ status: 429, headers: { 'retry-after': '90' } });
    const { link } = await connect();
    const state = link.state.value;
    expect(state.kind === 'waiting' && state.retryAt - 1_800_000_000_000 - browser.scheduler.now).toBeGreaterThan(
      89_000,
    );
  });

  it('stops when the session has ended', async () => {
    browser.answer = () => problem(401, 'The session has ended.');
    const { link } = await connect();
    expect(link.state.value.kind).toBe('off');
  });

  it('replaces the socket before two hours: the new one opens before the old one closes', async () => {
    const { opened } = await open();
    const first = socket();
    for (let round = 0; round < 116 * 12 && browser.sockets.length === 1; round++) {
      first.receive({ type: 'pong', timestamp: 1 });
      await browser.pass(5_000);
    }
    expect(browser.sockets).toHaveLength(2);
    expect(first.isClosed).toBe(false);
    socket().open();
    await browser.pass(10);
    expect(first.isClosed).toBe(true);
    expect(opened()).toBe(2);
  });

  it('asks an idle socket for a sign of life, and keeps it when it answers', async () => {
    await open();
    await browser.pass(240_000);
    expect(socket().last).toEqual({ action: 'ping' });
    socket().receive({ type: 'pong', timestamp: 1 });
    await browser.pass(60_000);
    expect(browser.sockets).toHaveLength(1);
  });

  it('replaces a socket that gives no sign of life', async () => {
    await open();
    const silent = socket();
    await browser.pass(240_000);
    expect(silent.isClosed).toBe(false);
    await browser.pass(20_000);
    expect(silent.isClosed).toBe(true);
    expect(browser.sockets.length).toBeGreaterThan(1);
  });

  it('asks at once when the tab becomes visible or the network returns', async () => {
    const { tab } = await open();
    await browser.pass(10_000);
    const before = socket().sent.length;
    tab.attention.set({ visible: true, focused: false });
    expect(socket().sent).toHaveLength(before + 1);
    socket().receive({ type: 'pong', timestamp: 1 });
    tab.attention.set({ visible: true, focused: true });
    expect(socket().sent, 'it has just given a sign of life').toHaveLength(before + 1);
  });

  it('asks at once when the user looks at another tab than the leading one', async () => {
    await open();
    const two = await connect();
    await browser.pass(10_000);
    const before = socket().sent.length;
    two.tab.attention.set({ visible: true, focused: false });
    await browser.pass(10);
    expect(socket().sent.slice(before)).toEqual([{ action: 'ping' }]);
  });

  it('gives a socket a second chance when the timer was late', () => {
    const quiet = new FakeSocket('ws');
    let elapsed = 0;
    let fire: () => void = () => undefined;
    const after = (_: number, run: () => void) => {
      fire = run;
      return () => undefined;
    };
    new Wire(quiet, { now: () => 0, elapsed: () => elapsed, after });
    const pass = (milliseconds: number) => {
      elapsed += milliseconds;
      fire();
    };
    pass(240_000);
    pass(60_000);
    expect([quiet.isClosed, quiet.actions]).toEqual([false, ['ping', 'ping']]);
    pass(8_000);
    expect(quiet.isClosed).toBe(true);
  });

  it('waits for the network without a countdown once it is lost', async () => {
    const { link } = await open();
    socket().cut();
    expect(link.state.value.kind).toBe('waiting');
    browser.online.set(false);
    expect(link.state.value.kind).toBe('offline');
    await browser.pass(120_000);
    expect(browser.sockets).toHaveLength(1);
  });

  it('opens another socket when the server says that this one has expired', async () => {
    const { link } = await open();
    const delivery = expect(
      link.deliver({ chatId: 'c', clientMessageId: 'm', content: 'Hello' }),
    ).rejects.toMatchObject({ kind: 'offline', transient: true });
    const problem = { type: 'urn:paloma:problem:unauthenticated', title: '', status: 401, detail: 'Expired.' };
    socket().receive({ type: 'error', id: socket().last['id'], problem });
    await delivery;
    await browser.pass(2_000);
    expect(browser.sockets).toHaveLength(2);
  });

  it('computes the error of the clock from a pong', async () => {
    const { link, tab } = await open();
    socket().receive({ type: 'pong', timestamp: tab.ports.clock.now() + 86_400_000 });
    expect(link.clockSkew.value).toBe(86_400_000);
  });
});
