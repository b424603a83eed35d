import type { Link, Rest, SendQueue, Tabs } from '../parts.js';
import type { Readable } from '../observable.js';
import type { Blocks } from '../people/blocks.js';
import type { Profiles } from '../people/people.js';
import type { Receipts } from '../receipts/receipts.js';
import type { TaskPorts } from '../task.js';
import type { ChatCache } from './cache.js';

/** Everything that the store of chats uses. */
export interface ChatStoreDeps {
  readonly me: Readable<string | undefined>;
  readonly rest: Rest;
  readonly link: Pick<Link, 'events' | 'opened' | 'acks'>;
  readonly tabs: Tabs;
  readonly outbox: Pick<SendQueue, 'accepted'>;
  readonly receipts: Receipts;
  readonly people: Profiles;
  readonly blocks: Pick<Blocks, 'all'>;
  readonly cache: ChatCache;
  readonly ports: TaskPorts;
}
