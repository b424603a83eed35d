import { beforeEach, describe, expect, it } from 'vitest';
import { accepted, linkWorld, typing } from '../../test/fakes/link.js';
import type { Accepted } from '../contracts.js';

const message = { chatId: 'c', clientMessageId: 'm', content: 'Hello' };

describe('the link of several tabs, and its deliveries', () => {
  let { browser, connect, open, socket } = linkWorld();
  beforeEach(() => {
    ({ browser, connect, open, socket } = linkWorld());
  });

  it('delivers by socket, and matches the reply by id', async () => {
    const { link } = await open();
    const [first, second] = [link.deliver(message), link.deliver({ ...message, clientMessageId: 'n' })];
    const [one, two] = socket().sent.slice(-2);
    expect(one).toMatchObject({ action: 'sendMessage', ...message });
    socket().receive({ type: 'ack', id: two?.['id'], result: { ...accepted, clientMessageId: 'n' } });
    socket().receive({ type: 'ack', id: one?.['id'], result: accepted });
    expect(await first).toEqual(accepted as Accepted);
    expect((await second).clientMessageId).toBe('n');
  });

  it('reports the problem of a rejected message, with its wait', async () => {
    const { link } = await open();
    const delivery = link.deliver(message);
    const problem = { type: 'urn:paloma:problem:too-many-requests', title: '', status: 429, detail: 'Slowly.' };
    socket().receive({ type: 'error', id: socket().last['id'], problem, retryAfterMs: 500 });
    await expect(delivery).rejects.toMatchObject({ kind: 'problem', transient: true, problem: { retryAfterMs: 500 } });
  });

  it('reports the problem of a frame without an id, and rejects a request with an id', async () => {
    const { link } = await open();
    const { link: other } = await connect();
    const failures: unknown[] = [];
    link.failures.subscribe((failure) => failures.push(failure));
    const receipt = { action: 'updateStatus', status: 'read', chatId: 'c', seq: 1 } as const;
    const problem = { type: 'urn:paloma:problem:unavailable', title: '', status: 503, detail: 'Try again.' };
    link.send(receipt);
    expect(socket().last).not.toHaveProperty('id');
    socket().receive({ type: 'error', problem, retryAfterMs: 500 });
    expect(failures).toEqual([{ ...problem, retryAfterMs: 500 }]);
    const request = link.request(receipt);
    socket().receive({ type: 'error', id: socket().last['id'], problem });
    await expect(request).rejects.toMatchObject({ kind: 'problem', transient: true, problem });
    expect(failures).toHaveLength(1);
    await expect(other.request(receipt)).rejects.toMatchObject({ kind: 'offline' });
    socket().cut();
    await expect(link.request(receipt)).rejects.toMatchObject({ kind: 'offline' });
  });

  it('is offline for a message when the socket is cut before the reply, or no reply arrives', async () => {
    const { link } = await open();
    const cut = link.deliver(message);
    const failed = expect(cut).rejects.toMatchObject({ kind: 'offline' });
    socket().cut();
    await failed;
    link.retryNow();
    await browser.pass(10);
    socket().open();
    await browser.pass(10);
    const silent = expect(link.deliver(message)).rejects.toMatchObject({ kind: 'offline' });
    await browser.pass(10_000);
    await silent;
  });

  it('delivers by REST without a socket, and what is too long for a frame', async () => {
    const { link } = await connect();
    const long = link.deliver({ ...message, content: 'x'.repeat(25_000) });
    await browser.pass(10);
    expect(await long).toEqual(accepted);
    expect(browser.calls.at(-1)?.path).toBe('/chats/c/messages');
    socket().open();
    await browser.pass(10);
    const frames = socket().sent.length;
    const again = link.deliver({ ...message, content: '\u0001'.repeat(8_000) });
    await browser.pass(10);
    expect(await again).toEqual(accepted);
    expect(socket().sent).toHaveLength(frames);
  });

  it('has one socket for two tabs: the other tab hears everything, and sends through it', async () => {
    const [one, two] = [await open(), await connect()];
    expect(browser.sockets).toHaveLength(1);
    expect([one.tabs.leading.value, two.tabs.leading.value]).toEqual([true, false]);
    expect(two.link.state.value.kind).toBe('open');
    socket().receive(typing);
    await browser.pass(10);
    expect([one.events, two.events]).toEqual([[typing], [typing]]);
    two.link.send({ action: 'typing', chatId: 'c' });
    await browser.pass(10);
    expect(socket().last).toEqual({ action: 'typing', chatId: 'c' });
    socket().cut();
    await browser.pass(10);
    expect(two.link.state.value.kind).not.toBe('open');
    two.link.retryNow();
    await browser.pass(20);
    expect(browser.sockets).toHaveLength(2);
  });

  it('goes on in another tab when the leading one closes or dies', async () => {
    const [one, two, three] = [await open(), await connect(), await connect()];
    one.link.close();
    one.tabs.close();
    await browser.pass(50);
    expect([two.tabs.leading.value, three.tabs.leading.value]).toEqual([true, false]);
    socket().open();
    await browser.pass(10);
    expect([two.link.state.value.kind, three.link.state.value.kind, two.opened(), three.opened()]).toEqual([
      'open',
      'open',
      1,
      1,
    ]);
    two.tab.kill();
    await browser.pass(50);
    expect(three.tabs.leading.value).toBe(true);
    expect(browser.sockets).toHaveLength(3);
  });

  it('moves to another tab when the browser suspends the leading one, which catches up later', async () => {
    const [one, two] = [await open(), await connect()];
    const first = socket();
    one.tab.suspended.set(true);
    await browser.pass(50);
    expect(first.isClosed).toBe(true);
    socket().open();
    await browser.pass(10);
    expect([one.tabs.leading.value, two.tabs.leading.value]).toEqual([false, true]);
    const before = one.opened();
    one.tab.suspended.set(false);
    await browser.pass(50);
    expect([one.tabs.leading.value, one.link.state.value.kind]).toEqual([false, 'open']);
    expect(one.opened()).toBe(before + 1);
    expect(browser.sockets).toHaveLength(2);
    two.link.close();
    two.tabs.close();
    await browser.pass(50);
    expect(one.tabs.leading.value).toBe(true);
  });
});
