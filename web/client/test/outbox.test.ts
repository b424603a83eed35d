import { describe, expect, test } from 'vitest';
import type { Message } from '../src/contracts.js';
import { StoredOutbox } from '../src/outbox/outbox.js';
import { ScriptedLink } from './parts/link.js';
import { TabsHub } from './parts/tabs.js';
import { Browser } from './simulation/world/browser.js';
import { Tab } from './simulation/world/tab.js';
import { World } from './simulation/world/world.js';

const CHAT = 'chat 1';

/** One browser with an outbox in each tab. */
class Bench {
  readonly world = new World(1);
  readonly browser: Browser;
  readonly hub = new TabsHub();

  constructor() {
    const [ana] = this.world.server.accounts;
    if (!ana) throw new Error('The world has no user.');
    this.browser = new Browser(this.world, ana);
  }

  get userId(): string {
    return this.browser.account.userId;
  }

  async open(leading: boolean) {
    const tab = new Tab(this.browser);
    const link = new ScriptedLink();
    const tabs = this.hub.join(leading);
    const database = this.browser.storage.openFor(tab);
    const outbox = new StoredOutbox({ userId: this.userId, database, tabs, link, ports: tab.ports });
    const shows = () => outbox.entries.value.map(({ content, state }) => `${content} ${state}`);
    void outbox.start();
    await this.pass();
    return { tab, link, tabs, database, outbox, shows };
  }

  /** Lets time pass, 50 ms if not told. */
  async pass(milliseconds = 50): Promise<void> {
    await this.world.scheduler.run(this.world.scheduler.now + milliseconds);
  }

  accepted(content: string, clientMessageId: string, seq: number, senderId = this.userId): Message {
    const ids = { chatId: CHAT, clientMessageId, messageId: `message ${String(seq)}`, senderId };
    return { ...ids, content, seq, status: 'sent', timestamp: seq, createdAt: seq };
  }
}

describe('order', () => {
  test('a_chat_has_one_message_in_flight_and_the_next_follows_the_ack', async () => {
    const bench = new Bench();
    const { outbox, link, shows } = await bench.open(true);
    for (const text of ['one', 'two', 'three']) void outbox.add(CHAT, text);
    await bench.pass();
    expect(link.sentTexts).toEqual(['one']);
    expect(shows()).toEqual(['one queued', 'two queued', 'three queued']);
    link.last.accept(1);
    await bench.pass();
    expect(link.sentTexts).toEqual(['one', 'two']);
    expect(shows()).toEqual(['two queued', 'three queued']);
  });

  test('chats_are_sent_in_parallel', async () => {
    const bench = new Bench();
    const { outbox, link } = await bench.open(true);
    void outbox.add(CHAT, 'one');
    void outbox.add('chat 2', 'two');
    await bench.pass();
    expect(link.sentTexts).toEqual(['one', 'two']);
  });

  test('messages_of_two_tabs_keep_the_order_of_sending_when_the_clock_jumps_back', async () => {
    const bench = new Bench();
    const first = await bench.open(true);
    const second = await bench.open(false);
    bench.browser.online.set(false);
    await Promise.all([first.outbox.add(CHAT, 'one'), bench.pass()]);
    bench.browser.clockError = -86_400_000;
    await Promise.all([second.outbox.add(CHAT, 'two'), bench.pass()]);
    await Promise.all([first.outbox.add(CHAT, 'three'), bench.pass()]);
    expect(first.shows()).toEqual(['one queued', 'two queued', 'three queued']);
    expect(second.shows()).toEqual(first.shows());
  });
});

describe('failures', () => {
  test('a_transient_failure_repeats_the_same_id_and_blocks_only_its_chat', async () => {
    const bench = new Bench();
    const { outbox, link } = await bench.open(true);
    void outbox.add(CHAT, 'one');
    void outbox.add(CHAT, 'two');
    await bench.pass();
    link.last.reject(503);
    void outbox.add('chat 2', 'other');
    await bench.pass(2_000);
    expect(link.sentTexts).toEqual(['one', 'other', 'one']);
    expect(link.deliveries[2]?.message).toEqual(link.deliveries[0]?.message);
  });

  test('a_rate_limit_waits_as_long_as_the_server_says_even_if_a_socket_opens', async () => {
    const bench = new Bench();
    const { outbox, link } = await bench.open(true);
    void outbox.add(CHAT, 'one');
    await bench.pass();
    link.last.reject(429, { retryAfterMs: 5_000 });
    await bench.pass(2_000);
    link.opened.emit();
    await bench.pass(2_900);
    expect(link.deliveries).toHaveLength(1);
    await bench.pass(1_200);
    expect(link.deliveries).toHaveLength(2);
  });

  test.each(['a new socket', 'the network'])('%s_ends_the_wait_at_once', async (cause) => {
    const bench = new Bench();
    const { outbox, link } = await bench.open(true);
    void outbox.add(CHAT, 'one');
    await bench.pass();
    for (let failure = 0; failure < 8; failure++) {
      link.last.offline();
      await bench.pass(61_000);
    }
    const tries = link.deliveries.length;
    link.last.offline();
    await bench.pass(1);
    if (cause === 'the network') {
      bench.browser.online.set(false);
      await bench.pass(200_000);
      expect(link.deliveries).toHaveLength(tries);
      bench.browser.online.set(true);
    } else {
      link.opened.emit();
    }
    await bench.pass(10);
    expect(link.deliveries).toHaveLength(tries + 1);
  });

  test('a_permanent_failure_shows_the_problem_and_does_not_block_later_messages', async () => {
    const bench = new Bench();
    const { outbox, link, shows } = await bench.open(true);
    void outbox.add(CHAT, 'too long');
    void outbox.add(CHAT, 'two');
    await bench.pass();
    link.last.reject(400);
    await bench.pass();
    expect(shows()).toEqual(['too long failed', 'two queued']);
    expect(outbox.entries.value[0]?.problem?.status).toBe(400);
    expect(link.sentTexts).toEqual(['too long', 'two']);
  });

  test('a_retried_message_goes_behind_all_others_of_its_chat_with_its_old_id', async () => {
    const bench = new Bench();
    const { outbox, link, shows } = await bench.open(true);
    void outbox.add(CHAT, 'one');
    void outbox.add(CHAT, 'two');
    await bench.pass();
    link.last.reject(404);
    await bench.pass();
    const id = outbox.entries.value[0]?.clientMessageId ?? '';
    void outbox.retry(id);
    await bench.pass();
    expect(shows()).toEqual(['two queued', 'one queued']);
    link.last.accept(1);
    await bench.pass();
    expect(link.last.message).toMatchObject({ content: 'one', clientMessageId: id });
  });

  test('a_conflict_gives_the_message_a_new_id', async () => {
    const bench = new Bench();
    const { outbox, link, shows } = await bench.open(true);
    void outbox.add(CHAT, 'one');
    await bench.pass();
    const first = link.last.message.clientMessageId;
    link.last.reject(409);
    await bench.pass();
    expect(shows()).toEqual(['one failed']);
    outbox.confirm([bench.accepted('another text', first, 1)]);
    await bench.pass();
    expect(shows()).toEqual(['one failed']);
    void outbox.retry(outbox.entries.value[0]?.clientMessageId ?? '');
    await bench.pass();
    expect(link.last.message.content).toBe('one');
    expect(link.last.message.clientMessageId).not.toBe(first);
  });

  test('a_message_that_may_have_reached_the_server_cannot_be_discarded', async () => {
    const bench = new Bench();
    const { outbox, link, shows } = await bench.open(true);
    void outbox.add(CHAT, 'one');
    void outbox.add(CHAT, 'two');
    await bench.pass();
    const [one, two] = outbox.entries.value.map(({ clientMessageId }) => clientMessageId);
    const discard = async (id: string | undefined) => (await Promise.all([outbox.discard(id ?? ''), bench.pass()]))[0];
    expect(await discard(one)).toBeUndefined();
    expect(await discard(two)).toBe('two');
    expect(shows()).toEqual(['one queued']);
    link.last.reject(429, { retryAfterMs: 60_000 });
    await bench.pass();
    expect(await discard(one)).toBe('one');
    expect(shows()).toEqual([]);
    expect(bench.browser.storage.rows('outbox')).toEqual([]);
  });
});

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
    const tail = { chatId: CHAT, from: 1, to: 6, delivered: 0, read: 0 };
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
