import { expect, test } from 'vitest';
import { Bench, CHAT } from './parts/outbox.js';

/** A leading tab with a message in flight that the full storage did not take. */
async function unstored() {
  const bench = new Bench();
  const first = await bench.open(true);
  const { storage } = bench.browser;
  storage.full = true;
  void first.outbox.add(CHAT, 'one');
  await bench.pass();
  const close = async () => {
    const closed = first.outbox.close();
    await bench.pass();
    await closed;
    first.tabs.leading.set(false);
  };
  return { bench, first, storage, close };
}

test('a_closed_outbox_stores_nothing_when_the_answer_arrives_late', async () => {
  for (const status of [429, 400]) {
    const { bench, first, storage, close } = await unstored();
    await close();
    storage.full = false;
    first.link.last.reject(status);
    await bench.pass();
    expect(storage.rows('outbox')).toEqual([]);
  }
});

test('a_closed_outbox_does_not_change_the_row_that_another_tab_sends', async () => {
  const bench = new Bench();
  const first = await bench.open(true);
  const second = await bench.open(false);
  void first.outbox.add(CHAT, 'one');
  await bench.pass();
  void first.outbox.close();
  second.tabs.leading.set(true);
  await bench.pass();
  expect(second.link.sentTexts).toEqual(['one']);
  first.link.last.reject(400);
  await bench.pass();
  expect(bench.browser.storage.rows('outbox')).toMatchObject([{ state: 'queued', tried: true }]);
});

test('a_closing_tab_stores_what_the_full_storage_did_not_take', async () => {
  const { bench, storage, close } = await unstored();
  storage.full = false;
  await close();
  expect((await bench.open(true)).link.sentTexts).toEqual(['one']);
});

test('a_closing_tab_tells_the_others_of_rows_that_are_not_stored_even_if_no_tab_leads', async () => {
  const { bench, first, close } = await unstored();
  first.tabs.leading.set(false);
  const second = await bench.open(false);
  expect(second.shows()).toEqual([]);
  await close();
  second.tabs.leading.set(true);
  await bench.pass();
  expect(second.link.sentTexts).toEqual(['one']);
});

test('a_new_leading_tab_sends_what_another_tab_could_not_store', async () => {
  const { bench, first } = await unstored();
  const second = await bench.open(false);
  expect(second.shows()).toEqual([]);
  first.tabs.leading.set(false);
  second.tabs.leading.set(true);
  await bench.pass();
  expect(second.link.sentTexts).toEqual(['one']);
});
