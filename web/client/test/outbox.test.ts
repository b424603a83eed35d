import { describe, expect, test } from 'vitest';
import { Bench, CHAT } from './parts/outbox.js';

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

  test('a_message_that_may_have_arrived_at_an_earlier_try_cannot_be_discarded_after_a_rate_limit', async () => {
    const bench = new Bench();
    const { outbox, link } = await bench.open(true);
    void outbox.add(CHAT, 'one');
    await bench.pass();
    link.last.offline();
    await bench.pass(2_000);
    link.last.reject(429, { retryAfterMs: 60_000 });
    await bench.pass();
    const id = outbox.entries.value[0]?.clientMessageId ?? '';
    expect((await Promise.all([outbox.discard(id), bench.pass()]))[0]).toBeUndefined();
  });

  test('a_retried_message_can_be_discarded_until_the_next_try', async () => {
    const bench = new Bench();
    const { outbox, link } = await bench.open(true);
    void outbox.add(CHAT, 'one');
    await bench.pass();
    link.last.reject(404);
    await bench.pass();
    bench.browser.online.set(false);
    const id = outbox.entries.value[0]?.clientMessageId ?? '';
    await Promise.all([outbox.retry(id), bench.pass()]);
    expect((await Promise.all([outbox.discard(id), bench.pass()]))[0]).toBe('one');
  });
});
