import { describe, expect, test } from 'vitest';
import { CHAT, OTHER } from '../../test/sync/build.js';
import { opened, range, seqs, worldOf } from '../../test/sync/conversation.js';
import { World } from '../../test/sync/world.js';

describe('the stored end of a chat', () => {
  test('shows at once without the network, and is completed with it', async () => {
    const first = await worldOf({ count: 20 });
    await opened(first);
    await first.settle(1_000);
    const again = new World({ server: first.server, database: first.database });
    again.rest.offline = true;
    await again.settle();
    const conversation = await opened(again);
    expect(seqs(conversation)).toEqual(range(1, 20));
    again.server.addMany(3);
    again.rest.offline = false;
    again.link.opened.emit();
    await again.settle();
    expect(seqs(conversation)).toEqual(range(1, 23));
  });

  test('shows without the network also when the first unread message is older', async () => {
    const first = await worldOf({ count: 400, read: 10 });
    await (await opened(first)).jumpToEnd();
    await first.settle(1_000);
    const again = new World({ server: first.server, database: first.database });
    await again.settle();
    again.rest.offline = true;
    const conversation = await opened(again);
    expect(seqs(conversation).at(-1)).toBe(400);
  });

  test('grows with frames in the leading tab, also for a chat that is not open', async () => {
    const first = await worldOf({ count: 0 });
    for (let sent = 0; sent < 3; sent++) first.frame(first.server.add());
    await first.settle(1_000);
    const again = new World({ server: first.server, database: first.database });
    again.rest.offline = true;
    expect(seqs(await opened(again))).toEqual(range(1, 3));
  });

  test('loses the texts of an erased member', async () => {
    const first = await worldOf({ count: 2 });
    await opened(first);
    await first.settle(1_000);
    first.sync.close();
    const second = await worldOf({ count: 2, server: first.server, database: first.database });
    second.link.events.emit({ type: 'erased', chatId: CHAT, userId: OTHER, erasedAt: 1 });
    await second.settle(1_000);
    const again = new World({ server: first.server, database: first.database });
    again.rest.offline = true;
    expect((await opened(again)).state.value.rows.map(({ kind }) => kind)).toEqual(['erased', 'erased']);
  });

  test('does not matter when the storage fails', async () => {
    const world = new World();
    world.database.fails = true;
    world.server.addMany(3);
    await world.settle();
    expect(seqs(await opened(world))).toEqual(range(1, 3));
    await world.settle(5_000);
  });
});
