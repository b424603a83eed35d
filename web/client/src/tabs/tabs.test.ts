import { beforeEach, expect, it } from 'vitest';
import { FakeBrowser } from '../../test/fakes/tab.js';
import { BrowserTabs } from './tabs.js';

let browser: FakeBrowser;

beforeEach(() => {
  browser = new FakeBrowser();
});

const join = (userId = 'a') => {
  const tab = browser.tab();
  return Object.assign(new BrowserTabs(userId, tab.ports), { tab });
};

it('exactly one tab of a user leads, and another one after it has closed or died', async () => {
  const tabs = [join(), join(), join()];
  const leading = async () => {
    await browser.pass(10);
    return tabs.map((tab) => tab.leading.value);
  };
  expect(await leading()).toEqual([true, false, false]);
  tabs[0]?.close();
  expect(await leading()).toEqual([false, true, false]);
  tabs[1]?.tab.kill();
  expect((await leading())[2]).toBe(true);
});

it('two users have a leading tab each, and do not hear each other', async () => {
  const [ana, bruno] = [join('a'), join('b')];
  await browser.pass(10);
  expect([ana.leading.value, bruno.leading.value]).toEqual([true, true]);
  const heard: string[] = [];
  bruno.on<string>({ name: 'topic' }, (message) => heard.push(message));
  ana.post<string>({ name: 'topic' }, 'Hello');
  await browser.pass(20);
  expect(heard).toEqual([]);
});

it('a message reaches all other tabs, under its topic', async () => {
  const [one, two, three] = [join(), join(), join()];
  const heard: string[] = [];
  for (const [name, tab] of Object.entries({ one, two, three })) {
    tab.on<string>({ name: 'topic' }, (message) => heard.push(`${name} ${message}`));
  }
  one.post<string>({ name: 'topic' }, 'Hello');
  one.post<string>({ name: 'other topic' }, 'unheard');
  await browser.pass(20);
  expect(heard.sort()).toEqual(['three Hello', 'two Hello']);
});

it('a suspended tab leaves the lead to another one, and takes it again only when it is free', async () => {
  const [one, two] = [join(), join()];
  await browser.pass(10);
  one.tab.suspended.set(true);
  await browser.pass(10);
  expect([one.leading.value, two.leading.value]).toEqual([false, true]);
  one.tab.suspended.set(false);
  await browser.pass(10);
  expect([one.leading.value, two.leading.value]).toEqual([false, true]);
  two.close();
  await browser.pass(10);
  expect(one.leading.value).toBe(true);
});

it('a tab that was suspended and closed never leads again', async () => {
  const [one, two] = [join(), join()];
  await browser.pass(10);
  two.tab.suspended.set(true);
  two.close();
  two.tab.suspended.set(false);
  one.close();
  await browser.pass(20);
  expect(two.leading.value).toBe(false);
});
