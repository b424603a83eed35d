import type { SettingCalls } from '../chats/setting-calls.js';
import type { ChatStore } from '../chats/store.js';
import type { Readable } from '../observable.js';
import type { Activity, Link, Rest, SendQueue, Tabs } from '../parts.js';
import type { Profiles } from '../people/people.js';
import type { Attention } from '../ports.js';
import type { Receipts } from '../receipts/receipts.js';
import type { TaskPorts } from '../task.js';
import type { OwnReactions } from './own-reactions.js';
import type { Tails } from './tails.js';

/** Everything that a conversation uses. */
export interface ConversationDeps {
  readonly rest: Rest;
  readonly link: Pick<Link, 'events' | 'opened'>;
  readonly tabs: Pick<Tabs, 'leading'>;
  readonly outbox: SendQueue;
  readonly activity: Activity;
  readonly receipts: Receipts;
  readonly store: ChatStore;
  readonly settings: Pick<SettingCalls, 'attended'>;
  readonly people: Profiles;
  readonly tails: Tails;
  readonly ownReactions: OwnReactions;
  readonly attention: Readable<Attention>;
  readonly ports: TaskPorts;
}
