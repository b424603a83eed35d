import { describe, expect, test } from 'vitest';
import { CHAT } from '../../test/sync/build.js';
import { settled } from '../../test/sync/clock.js';
import { sent, started } from '../../test/sync/receipts.js';
import { World, type Browser } from '../../test/sync/world.js';

describe('in several tabs', () => {
  test('only the leading tab sends, also what another tab has read', async () => {
    const browser: Browser = new Set();
    const one = await started(new World({ browser }));
    const other = await started(new World({ browser, server: one.server, leading: false }));
    const conversation = other.sync.conversation(CHAT);
    const arrived = one.server.add();
    for (const world of [one, other]) world.frame(arrived);
    await other.settle();
    conversation.seen(4);
    await one.settle(5_000);
    await other.settle(5_000);
    expect([sent(one), sent(other)]).toEqual([['read 4'], []]);
  });

  test('the next leader sends what the last one has not', async () => {
    const browser: Browser = new Set();
    const one = await started(new World({ browser }));
    const other = await started(new World({ browser, server: one.server, leading: false }));
    const arrived = one.server.add();
    for (const world of [one, other]) world.frame(arrived);
    one.tabs.leading.set(false);
    other.tabs.leading.set(true);
    await other.settle(5_000);
    expect([sent(one), sent(other)]).toEqual([[], ['delivered 4']]);
  });

  test('a tab that opens before the server knows a mark shows the chat as read', async () => {
    const browser: Browser = new Set();
    const one = await started(new World({ browser }));
    const conversation = one.sync.conversation(CHAT);
    one.frame(one.server.add());
    await one.settle();
    conversation.seen(4);
    await one.settle(5_000);
    const other = await started(new World({ browser, server: one.server, leading: false }));
    expect([one.chat?.unread, other.chat?.unread]).toEqual([0, 0]);
  });

  test('a chat is read in another tab while the list is on its way: it shows as read', async () => {
    const browser: Browser = new Set();
    const one = await started(new World({ browser }));
    const conversation = one.sync.conversation(CHAT);
    one.frame(one.server.add());
    await one.settle();
    const other = new World({ browser, server: one.server, leading: false });
    other.rest.hold();
    await settled();
    conversation.seen(4);
    await settled();
    other.rest.release();
    await other.settle();
    expect(other.chat?.unread).toBe(0);
  });
});
