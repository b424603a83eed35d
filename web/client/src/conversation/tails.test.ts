import { describe, expect, test } from 'vitest';
import { CHAT, ME, message, run } from '../../test/sync/build.js';
import { TestClock } from '../../test/sync/clock.js';
import { TestDatabase } from '../../test/sync/database.js';
import { Value } from '../observable.js';
import { Tails } from './tails.js';

async function stored() {
  const [database, clock] = [new TestDatabase(), new TestClock()];
  const tails = new Tails(database, clock, new Value<string | undefined>(ME));
  const rows = () =>
    database.transaction(['messages'], 'read', async (tx) => (await tx.store('messages').all()).map(({ seq }) => seq));
  const written = async () => {
    database.writes.splice(0);
    await clock.advance(1_000);
    return database.writes.filter((row) => row.startsWith('messages'));
  };
  return { tails, rows, written };
}
const seqsOf = async (tails: Tails) => (await tails.load(CHAT))?.messages.map(({ seq }) => seq);
const range = (from: number, to: number) => run(from, to).map(({ seq }) => seq);

describe('the stored tails', () => {
  test('write only what changed', async () => {
    const { tails, written } = await stored();
    tails.save(CHAT, run(1, 3));
    expect(await written()).toHaveLength(3);
    tails.save(CHAT, run(2, 4));
    expect(await written()).toEqual([`messages ${CHAT} 4`]);
  });

  test('delete what is older than the newest 100 messages', async () => {
    const { tails, rows, written } = await stored();
    tails.save(CHAT, run(1, 100));
    await written();
    tails.save(CHAT, run(101, 102));
    await written();
    expect(await rows()).toEqual(range(3, 102));
    expect(await seqsOf(tails)).toEqual(range(3, 102));
  });

  test('merge what several tabs write', async () => {
    const { tails, written } = await stored();
    for (const part of [run(1, 4), run(3, 6), run(2, 5)]) tails.save(CHAT, part);
    await written();
    expect(await seqsOf(tails)).toEqual(range(1, 6));
  });

  test('keep the chats apart, and the ticks rising', async () => {
    const { tails, written } = await stored();
    tails.save(CHAT, run(1, 2), { delivered: 2, read: 1 });
    tails.save('other chat', [message(9, { chatId: 'other chat' })]);
    await written();
    tails.save(CHAT, run(1, 2), { delivered: 1, read: 2 });
    await written();
    expect(await tails.load(CHAT)).toMatchObject({ ticks: { delivered: 2, read: 2 } });
    expect(await seqsOf(tails)).toEqual([1, 2]);
  });

  test('have nothing for an unknown chat', async () => {
    expect(await (await stored()).tails.load('unknown')).toBeUndefined();
  });
});
