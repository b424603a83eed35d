import { describe, expect, test } from 'vitest';
import { Bench, CHAT } from './parts/outbox.js';

describe('acceptance', () => {
  test('the_timeline_gets_the_message_before_the_entry_goes', async () => {
    const bench = new Bench();
    const { outbox, link } = await bench.open(true);
    const news: string[] = [];
    outbox.accepted.subscribe(({ content, seq }) => news.push(`${String(content)} is ${String(seq)}`));
    outbox.entries.subscribe((entries) => news.push(`${String(entries.length)} entries`));
    void outbox.add(CHAT, 'one');
    await bench.pass();
    link.last.accept(7);
    await bench.pass();
    // Between them, the entry is marked as tried, which changes nothing that shows.
    expect(news.filter((item, index) => item !== news[index - 1])).toEqual(['1 entries', 'one is 7', '0 entries']);
  });

  test('the_stored_entry_becomes_the_cached_message_in_one_step', async () => {
    const bench = new Bench();
    const { outbox, link, database } = await bench.open(true);
    const tail = { chatId: CHAT, from: 1, to: 6, delivered: 0, read: 0, changeSeq: 0 };
    void database.transaction(['tails'], 'write', (tx) => tx.store('tails').put(tail));
    void outbox.add(CHAT, 'one');
    await bench.pass();
    link.last.accept(7);
    await bench.pass();
    const { storage } = bench.browser;
    expect(storage.rows('outbox')).toEqual([]);
    expect(storage.rows('messages').map(({ content, seq }) => `${String(content)} ${String(seq)}`)).toEqual(['one 7']);
    expect(storage.rows('tails')).toEqual([{ ...tail, to: 7 }]);
  });

  test('an_accepted_message_beyond_a_gap_is_not_cached', async () => {
    const bench = new Bench();
    const { outbox, link, database } = await bench.open(true);
    const tail = { chatId: CHAT, from: 1, to: 6, delivered: 0, read: 0, changeSeq: 0 };
    void database.transaction(['tails'], 'write', (tx) => tx.store('tails').put(tail));
    void outbox.add(CHAT, 'one');
    await bench.pass();
    link.last.accept(9);
    await bench.pass();
    expect(bench.browser.storage.rows('messages')).toEqual([]);
    expect(bench.browser.storage.rows('tails')).toEqual([tail]);
  });

  test('another_tab_shows_the_message_although_this_one_dies_as_soon_as_the_stored_row_is_gone', async () => {
    const bench = new Bench();
    const first = await bench.open(true);
    const second = await bench.open(false);
    const accepted: unknown[] = [];
    second.outbox.accepted.subscribe(({ seq }) => accepted.push(seq));
    void first.outbox.add(CHAT, 'one');
    await bench.pass();
    first.link.last.accept(1);
    const { scheduler } = bench.world;
    await scheduler.run(scheduler.now + 50, () => bench.browser.storage.rows('outbox').length === 0);
    first.tab.kill();
    await bench.pass();
    expect(accepted).toEqual([1]);
  });

  test('a_page_with_the_message_replaces_a_lost_ack', async () => {
    const bench = new Bench();
    const { outbox, link, shows } = await bench.open(true);
    void outbox.add(CHAT, 'one');
    void outbox.add(CHAT, 'two');
    await bench.pass();
    const { clientMessageId } = link.last.message;
    outbox.confirm([bench.accepted('one', clientMessageId, 1, 'another user')]);
    await bench.pass();
    expect(shows()).toEqual(['one queued', 'two queued']);
    outbox.confirm([bench.accepted('one', clientMessageId, 1)]);
    await bench.pass();
    expect(shows()).toEqual(['two queued']);
    expect(link.sentTexts).toEqual(['one', 'two']);
  });
});

describe('tabs and crashes', () => {
  test('the_leading_tab_sends_what_another_tab_adds_and_both_show_it', async () => {
    const bench = new Bench();
    const first = await bench.open(true);
    const second = await bench.open(false);
    void second.outbox.add(CHAT, 'one');
    await bench.pass();
    expect(first.link.sentTexts).toEqual(['one']);
    expect(second.link.sentTexts).toEqual([]);
    first.link.last.accept(1);
    await bench.pass();
    expect([first.shows(), second.shows()]).toEqual([[], []]);
  });

  test('a_tab_that_starts_to_lead_sends_again_what_a_crashed_tab_had_in_flight', async () => {
    const bench = new Bench();
    const first = await bench.open(true);
    const second = await bench.open(false);
    void first.outbox.add(CHAT, 'one');
    await bench.pass();
    first.tab.kill();
    second.tabs.leading.set(true);
    await bench.pass();
    expect(second.link.last.message).toEqual(first.link.last.message);
  });

  test('unsent_messages_survive_a_reload', async () => {
    const bench = new Bench();
    bench.browser.online.set(false);
    const first = await bench.open(true);
    void first.outbox.add(CHAT, 'one');
    void first.outbox.add(CHAT, 'two');
    await bench.pass();
    first.tab.kill();
    const second = await bench.open(true);
    expect(second.shows()).toEqual(['one queued', 'two queued']);
    bench.browser.online.set(true);
    await bench.pass();
    expect(second.link.sentTexts).toEqual(['one']);
  });

  test('a_discarded_message_is_not_sent_even_if_the_news_is_late', async () => {
    const bench = new Bench();
    bench.browser.online.set(false);
    const first = await bench.open(true);
    void first.outbox.add(CHAT, 'one');
    await bench.pass();
    // Another tab without a way to tell: the database alone knows.
    const apart = new Bench();
    Object.assign(apart, { browser: bench.browser, world: bench.world });
    const second = await apart.open(false);
    const [discarded] = await Promise.all([
      second.outbox.discard(second.outbox.entries.value[0]?.clientMessageId ?? ''),
      bench.pass(),
    ]);
    expect(discarded).toBe('one');
    bench.browser.online.set(true);
    await bench.pass();
    expect(first.link.sentTexts).toEqual([]);
    expect(first.shows()).toEqual([]);
  });

  test('a_full_storage_still_sends', async () => {
    const bench = new Bench();
    const { outbox, link, shows } = await bench.open(true);
    bench.browser.storage.full = true;
    void outbox.add(CHAT, 'one');
    void outbox.add(CHAT, 'two');
    await bench.pass();
    expect(shows()).toEqual(['one queued', 'two queued']);
    link.last.accept(1);
    await bench.pass();
    link.last.accept(2);
    await bench.pass();
    expect(link.sentTexts).toEqual(['one', 'two']);
    expect(shows()).toEqual([]);
  });
});

test('a_message_that_the_storage_cannot_delete_stays_and_discard_says_so', async () => {
  const bench = new Bench();
  const { outbox, link, shows } = await bench.open(true);
  void outbox.add(CHAT, 'one');
  await bench.pass();
  link.last.reject(400);
  await bench.pass();
  bench.browser.storage.full = true;
  const discard = () => outbox.discard(outbox.entries.value[0]?.clientMessageId ?? '');
  const failure = discard().catch((error: unknown) => error);
  await bench.pass();
  expect(await failure).toMatchObject({ kind: 'storage' });
  expect(shows()).toEqual(['one failed']);
  bench.browser.storage.full = false;
  expect((await Promise.all([discard(), bench.pass()]))[0]).toBe('one');
});

test('unsent_messages_are_stored_again_after_the_browser_has_deleted_the_data', async () => {
  const bench = new Bench();
  const { tab, outbox, database, shows } = await bench.open(true);
  for (const text of ['one', 'two']) void outbox.add(CHAT, text);
  await bench.pass();
  void database.wipe();
  await bench.pass();
  expect(bench.browser.storage.rows('outbox')).toEqual([]);
  database.emptied.emit();
  await bench.pass();
  expect(shows()).toEqual(['one queued', 'two queued']);
  tab.kill();
  expect((await bench.open(false)).shows()).toEqual(['one queued', 'two queued']);
});
