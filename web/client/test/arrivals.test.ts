import { expect, test } from 'vitest';
import type { Arrival } from '../src/api.js';
import { LiveArrivals } from '../src/arrivals/arrivals.js';
import { Attendance } from '../src/arrivals/attendance.js';
import type { Message, ServerEvent } from '../src/contracts.js';
import { ScriptedLink } from './parts/link.js';
import { TabsHub } from './parts/tabs.js';
import { Browser } from './simulation/world/browser.js';
import { Tab } from './simulation/world/tab.js';
import { World } from './simulation/world/world.js';

class Bench {
  readonly world = new World(1);
  readonly link = new ScriptedLink();
  readonly hub = new TabsHub();
  readonly arrivals: Arrival[] = [];
  muted = false;

  open({ leading = false, shows = '', focused = false }) {
    const [ana] = this.world.server.accounts;
    if (!ana) throw new Error('The world has no user.');
    const tab = new Tab(new Browser(this.world, ana));
    tab.attention.set({ visible: true, focused });
    const { clock, randomId } = tab.ports;
    const tabs = this.hub.join(leading);
    const attention = tab.attention;
    const attendance = new Attendance({ tabs, attention, clock, randomId, shows: (chatId) => chatId === shows });
    const { arrivals } = new LiveArrivals({
      userId: 'ana',
      link: this.link,
      tabs,
      attendance,
      isMuted: () => this.muted,
      nameOf: () => Promise.resolve('Bruno'),
      groupOf: () => Promise.resolve('Trip'),
    });
    arrivals.subscribe((arrival) => this.arrivals.push(arrival));
    return tabs;
  }

  async receive(messageId: string, senderId = 'bruno', change: Partial<Message> = {}): Promise<void> {
    const ids = { chatId: 'chat 1', clientMessageId: 'c', messageId, senderId };
    const event: ServerEvent = {
      type: 'message',
      message: { ...ids, content: 'Hello', createdAt: 1, seq: 1, status: 'sent', timestamp: 1, ...change },
    };
    this.link.events.emit(event);
    await this.world.scheduler.run(this.world.scheduler.now + 200);
  }
}

test('one_tab_emits_a_message_once_even_if_the_frame_is_repeated_to_another_leader', async () => {
  const bench = new Bench();
  const first = bench.open({ leading: true });
  const second = bench.open({});
  await bench.receive('m1');
  first.leading.set(false);
  second.leading.set(true);
  await bench.receive('m1');
  await bench.receive('m2');
  expect(bench.arrivals.map(({ message }) => message.messageId)).toEqual(['m1', 'm2']);
  expect(bench.arrivals[0]).toMatchObject({ senderName: 'Bruno', muted: false, attended: false, chatId: 'chat 1' });
});

test('own_messages_do_not_arrive', async () => {
  const bench = new Bench();
  bench.open({ leading: true });
  await bench.receive('m1', 'ana');
  expect(bench.arrivals).toEqual([]);
});

test('changes_of_a_group_do_not_arrive', async () => {
  const bench = new Bench();
  bench.open({ leading: true });
  await bench.receive('m1', 'bruno', { kind: { type: 'memberLeft' }, content: null });
  await bench.receive('m2', 'bruno', { kind: { type: 'membersAdded', userIds: ['carla'] }, content: null });
  expect(bench.arrivals).toEqual([]);
});

test('the_addition_of_this_user_to_a_group_arrives_unless_the_user_made_it', async () => {
  const bench = new Bench();
  bench.open({ leading: true });
  const kind = { type: 'membersAdded' as const, userIds: ['carla', 'ana'] };
  await bench.receive('m1', 'bruno', { kind, content: null });
  await bench.receive('m2', 'ana', { kind, content: null });
  expect(bench.arrivals).toMatchObject([{ message: { messageId: 'm1' }, added: true, group: 'Trip' }]);
});

test.each([
  { name: 'the_leading_tab_shows_the_chat', leader: { shows: 'chat 1', focused: true }, other: {}, attended: true },
  { name: 'another_tab_shows_the_chat', leader: {}, other: { shows: 'chat 1', focused: true }, attended: true },
  { name: 'the_tab_has_no_focus', leader: {}, other: { shows: 'chat 1' }, attended: false },
  { name: 'the_tab_shows_another_chat', leader: { shows: 'chat 2', focused: true }, other: {}, attended: false },
])('attendance_when_$name', async ({ leader, other, attended }) => {
  const bench = new Bench();
  bench.open({ leading: true, ...leader });
  bench.open(other);
  await bench.receive('m1');
  expect(bench.arrivals.map((arrival) => arrival.attended)).toEqual([attended]);
});

test('a_muted_chat_says_so', async () => {
  const bench = new Bench();
  bench.muted = true;
  bench.open({ leading: true });
  await bench.receive('m1');
  expect(bench.arrivals.map(({ muted }) => muted)).toEqual([true]);
});
