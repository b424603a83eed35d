import { expect, test } from 'vitest';
import { StoredDrafts } from '../src/drafts/drafts.js';
import { TabsHub } from './parts/tabs.js';
import { Browser } from './simulation/world/browser.js';
import { Tab } from './simulation/world/tab.js';
import { World } from './simulation/world/world.js';

class Bench {
  readonly world = new World(1);
  readonly browser: Browser;
  readonly hub = new TabsHub();

  constructor() {
    const [ana] = this.world.server.accounts;
    if (!ana) throw new Error('The world has no user.');
    this.browser = new Browser(this.world, ana);
  }

  async open() {
    const tab = new Tab(this.browser);
    const database = this.browser.storage.openFor(tab);
    const drafts = new StoredDrafts(database, this.hub.join(true));
    await this.done(drafts.start());
    return { tab, drafts, database };
  }

  async done<T>(work: Promise<T>): Promise<T> {
    const [result] = await Promise.all([work, this.world.scheduler.run(this.world.scheduler.now + 100)]);
    return result;
  }
}

test('a_draft_shows_at_once_in_both_tabs_and_survives_a_reload', async () => {
  const bench = new Bench();
  const first = await bench.open();
  const second = await bench.open();
  const stored = first.drafts.set('chat', 'Hel');
  expect([first.drafts.get('chat'), second.drafts.get('chat')]).toEqual(['Hel', 'Hel']);
  await bench.done(stored);
  first.tab.kill();
  second.tab.kill();
  const third = await bench.open();
  expect(third.drafts.get('chat')).toBe('Hel');
});

test('fast_typing_writes_the_newest_text_and_not_each_one', async () => {
  const bench = new Bench();
  const { drafts } = await bench.open();
  const write = drafts.set('chat', 'H');
  for (const text of ['He', 'Hel', 'Hell', 'Hello']) void drafts.set('chat', text);
  await bench.done(write);
  expect(bench.browser.storage.rows('drafts')).toEqual([{ key: 'chat', text: 'Hello' }]);
});

test('an_empty_text_removes_the_draft_everywhere', async () => {
  const bench = new Bench();
  const first = await bench.open();
  const second = await bench.open();
  await bench.done(first.drafts.set('chat', 'Hello'));
  await bench.done(second.drafts.set('chat', ''));
  expect(first.drafts.all.value.size).toBe(0);
  expect(bench.browser.storage.rows('drafts')).toEqual([]);
});

test('the_stored_draft_and_what_the_user_types_while_it_loads_both_survive', async () => {
  const bench = new Bench();
  const before = await bench.open();
  await bench.done(before.drafts.set('chat', 'stored'));
  before.tab.kill();
  const drafts = new StoredDrafts(bench.browser.storage.openFor(new Tab(bench.browser)), bench.hub.join(false));
  const started = drafts.start();
  const written = drafts.set('chat', 'typed');
  await bench.done(Promise.all([started, written]));
  expect(drafts.get('chat')).toBe('stored\ntyped');
  expect(bench.browser.storage.rows('drafts')).toEqual([{ key: 'chat', text: 'stored\ntyped' }]);
});

test('a_draft_of_another_tab_that_arrives_while_the_stored_ones_load_is_the_newer_one', async () => {
  const bench = new Bench();
  const first = await bench.open();
  await bench.done(first.drafts.set('chat', 'old'));
  const drafts = new StoredDrafts(bench.browser.storage.openFor(new Tab(bench.browser)), bench.hub.join(false));
  const started = drafts.start();
  const written = first.drafts.set('chat', 'new');
  await bench.done(Promise.all([started, written]));
  expect(drafts.get('chat')).toBe('new');
  expect(bench.browser.storage.rows('drafts')).toEqual([{ key: 'chat', text: 'new' }]);
});

test('a_full_storage_keeps_the_draft_in_memory', async () => {
  const bench = new Bench();
  const { drafts } = await bench.open();
  bench.browser.storage.full = true;
  await bench.done(drafts.set('chat', 'Hello'));
  expect(drafts.get('chat')).toBe('Hello');
});

test('a_draft_that_a_full_storage_refused_is_stored_with_the_next_one', async () => {
  const bench = new Bench();
  const { drafts } = await bench.open();
  bench.browser.storage.full = true;
  await bench.done(drafts.set('one', 'Hello'));
  bench.browser.storage.full = false;
  await bench.done(drafts.set('two', 'Hi'));
  const texts = bench.browser.storage.rows('drafts').map((row) => (row as { text: string }).text);
  expect(texts.sort()).toEqual(['Hello', 'Hi']);
});

test('a_draft_is_stored_again_after_the_browser_has_deleted_the_data', async () => {
  const bench = new Bench();
  const { tab, drafts, database } = await bench.open();
  await bench.done(drafts.set('chat', 'Hello'));
  await bench.done(database.wipe());
  database.emptied.emit();
  await bench.done(drafts.close());
  tab.kill();
  expect((await bench.open()).drafts.get('chat')).toBe('Hello');
});
