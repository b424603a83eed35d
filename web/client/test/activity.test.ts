import { describe, expect, test } from 'vitest';
import type { Message, ServerEvent } from '../src/contracts.js';
import { LiveActivity } from '../src/presence/activity.js';
import { ScriptedLink } from './parts/link.js';
import { TabsHub } from './parts/tabs.js';
import { Browser } from './simulation/world/browser.js';
import { Tab } from './simulation/world/tab.js';
import { World } from './simulation/world/world.js';

const CHAT = 'chat 1';

class Bench {
  readonly world = new World(1);
  readonly browser: Browser;
  readonly link = new ScriptedLink();
  readonly hub = new TabsHub();

  constructor() {
    const [ana] = this.world.server.accounts;
    if (!ana) throw new Error('The world has no user.');
    this.browser = new Browser(this.world, ana);
  }

  open(attention = { visible: true, focused: true }) {
    const tab = new Tab(this.browser);
    tab.attention.set(attention);
    const { link } = this;
    const activity = new LiveActivity({ userId: 'ana', link, tabs: this.hub.join(true), ports: tab.ports });
    return { tab, activity };
  }

  pass(milliseconds: number) {
    return this.world.scheduler.run(this.world.scheduler.now + milliseconds);
  }

  get actions(): string[] {
    return this.link.frames.map((frame) =>
      'chatId' in frame ? `${frame.action} ${String(frame.chatId)}` : frame.action,
    );
  }
}

const typing = (userId: string): ServerEvent => ({ type: 'typing', chatId: CHAT, userId });

function message(senderId: string): ServerEvent {
  const ids = { chatId: CHAT, clientMessageId: 'c', messageId: 'm', senderId };
  const message: Message = { ...ids, content: 'Hello', createdAt: 1, seq: 1, status: 'sent', timestamp: 1 };
  return { type: 'message', message };
}

describe('typing', () => {
  test('the_users_own_typing_sends_a_frame_every_three_seconds_at_most', async () => {
    const bench = new Bench();
    const { activity } = bench.open();
    for (let key = 0; key < 70; key++) {
      activity.type(CHAT);
      await bench.pass(100);
    }
    expect(bench.actions).toEqual([`typing ${CHAT}`, `typing ${CHAT}`, `typing ${CHAT}`]);
  });

  test('typing_ends_by_itself_and_goes_on_with_each_frame', async () => {
    const bench = new Bench();
    const { activity } = bench.open();
    bench.link.events.emit(typing('bruno'));
    await bench.pass(3_000);
    bench.link.events.emit(typing('bruno'));
    await bench.pass(4_000);
    expect(activity.typing.value.get(CHAT)).toEqual(['bruno']);
    await bench.pass(2_000);
    expect(activity.typing.value.get(CHAT)).toBeUndefined();
  });

  test('typing_ends_with_the_message_of_that_member_alone', async () => {
    const bench = new Bench();
    const { activity } = bench.open();
    bench.link.events.emit(typing('bruno'));
    bench.link.events.emit(typing('carla'));
    bench.link.events.emit(message('bruno'));
    expect(activity.typing.value.get(CHAT)).toEqual(['carla']);
    await bench.pass(6_000);
    expect(activity.typing.value.size).toBe(0);
  });

  test('the_users_own_typing_on_another_device_does_not_show', () => {
    const bench = new Bench();
    const { activity } = bench.open();
    bench.link.events.emit(typing('ana'));
    expect(activity.typing.value.size).toBe(0);
  });
});

describe('presence', () => {
  test('the_later_last_seen_wins', () => {
    const bench = new Bench();
    const { activity } = bench.open();
    const presence = (online: boolean, lastSeen: number): ServerEvent =>
      ({ type: 'presence', chatId: CHAT, userId: 'bruno', online, lastSeen }) as const;
    bench.link.events.emit(presence(true, 20));
    bench.link.events.emit(presence(false, 10));
    expect(activity.presence.value.get(CHAT)).toEqual({ online: true, lastSeen: 20 });
    activity.learn(CHAT, { online: false, lastSeen: 30 });
    expect(activity.presence.value.get(CHAT)).toEqual({ online: false, lastSeen: 30 });
  });

  test('the_tab_that_had_the_focus_last_decides_what_is_watched', () => {
    const bench = new Bench();
    const first = bench.open();
    const second = bench.open({ visible: true, focused: false });
    first.activity.watch('chat 1');
    second.activity.watch('chat 2');
    first.tab.attention.set({ visible: true, focused: false });
    first.tab.attention.set({ visible: true, focused: true });
    bench.link.frames.length = 0;
    bench.link.opened.emit();
    expect(bench.actions).toEqual(['watch chat 1']);
    second.tab.attention.set({ visible: true, focused: true });
    bench.link.frames.length = 0;
    bench.link.opened.emit();
    expect(bench.actions).toEqual(['watch chat 2']);
  });

  test('closing_the_conversation_ends_the_watch', () => {
    const bench = new Bench();
    const { activity } = bench.open();
    const end = activity.watch(CHAT);
    end();
    end();
    expect(bench.actions).toEqual([`watch ${CHAT}`, 'unwatch']);
  });

  test('a_member_without_presence_is_watched_again_after_the_first_frame', () => {
    const bench = new Bench();
    const { activity } = bench.open();
    activity.watch(CHAT);
    bench.link.acks.emit({ chatId: CHAT, userId: 'bruno', presence: null });
    bench.link.events.emit(message('ana'));
    expect(bench.actions).toEqual([`watch ${CHAT}`]);
    bench.link.events.emit(message('bruno'));
    bench.link.events.emit(message('bruno'));
    expect(bench.actions).toEqual([`watch ${CHAT}`, `watch ${CHAT}`]);
    bench.link.acks.emit({ chatId: CHAT, userId: 'bruno', presence: { online: true, lastSeen: 5 } });
    expect(activity.presence.value.get(CHAT)).toEqual({ online: true, lastSeen: 5 });
  });

  test('a_user_who_changes_the_own_privacy_watches_again_and_sees_what_is_hidden_as_hidden', () => {
    const bench = new Bench();
    const { activity } = bench.open();
    activity.watch(CHAT);
    bench.link.acks.emit({ chatId: CHAT, userId: 'bruno', presence: { online: true, lastSeen: 5 } });
    const circles = { receipts: 'everyone', discoverableByEmail: 'everyone', groups: 'everyone' } as const;
    bench.link.events.emit({ type: 'settings', privacy: { presence: 'nobody', ...circles, changedAt: 1 } });
    expect(bench.actions).toEqual([`watch ${CHAT}`, `watch ${CHAT}`]);
    bench.link.acks.emit({ chatId: CHAT, userId: 'bruno', presence: { online: false } });
    expect(activity.presence.value.get(CHAT)).toEqual({ online: false });
    bench.link.acks.emit({ chatId: CHAT, userId: 'bruno', presence: { online: true, lastSeen: 5 } });
    expect(activity.presence.value.get(CHAT)).toEqual({ online: true, lastSeen: 5 });
  });
});
