import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ME, OTHER } from '../../test/sync/build.js';
import { opened, pages, seqs, worldOf } from '../../test/sync/conversation.js';
import type { World } from '../../test/sync/world.js';
import type { Message, Window } from '../contracts.js';

/** A user who joins and leaves a group again and again, as the server sees it. */
class Membership {
  #windows: Window[] = [{ from: 1 }];
  #version = 0;

  constructor(private readonly world: World) {
    this.#tell(0);
  }

  get isMember(): boolean {
    return this.#windows.at(-1)?.to === undefined;
  }

  /** The user leaves, or joins again. Returns the system message. */
  turn(): Message {
    const { server } = this.world;
    const last = this.#windows.at(-1);
    const kind = last?.to === undefined ? 'memberRemoved' : 'membersAdded';
    const message = server.add({
      kind: kind === 'memberRemoved' ? { type: kind, userId: ME } : { type: kind, userIds: [ME] },
    });
    if (last && kind === 'memberRemoved') last.to = message.seq;
    else this.#windows.push({ from: message.seq });
    this.#version++;
    this.#tell(message.seq);
    return message;
  }

  /** A change of the group while the user is in it or not. */
  change(): Message {
    this.#version++;
    const message = this.world.server.add({ kind: { type: 'chatChanged', name: `Version ${String(this.#version)}` } });
    this.#tell(0);
    return message;
  }

  #tell(joinedAt: number): void {
    const { server } = this.world;
    const { isMember } = this;
    const group = { type: 'group', admins: [OTHER], windows: this.#windows.map((window) => ({ ...window })) } as const;
    server.change({ ...group, admins: [...group.admins], role: isMember ? 'member' : 'former' });
    server.change({ participants: isMember ? [ME, OTHER] : [], membershipVersion: isMember ? this.#version : 0 });
    if (isMember) server.change({ name: `Version ${String(this.#version)}` });
    if (joinedAt > 0) server.mark(joinedAt);
  }

  get visible(): number[] {
    const shown = ({ seq }: Message) => this.#windows.some(({ from, to = Infinity }) => from <= seq && seq <= to);
    return this.world.server.messages.filter(shown).map(({ seq }) => seq);
  }
}

test('joins, leaves and changes with lost frames end in exactly the visible messages, by few calls', async () => {
  const step = fc.record({
    kind: fc.constantFrom('message', 'message', 'turn', 'change', 'connect'),
    lost: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const world = await worldOf({ count: 0 });
      const membership = new Membership(world);
      const conversation = await opened(world);
      world.rest.taken();
      for (const { kind, lost } of steps) {
        const wasMember = membership.isMember;
        if (kind === 'connect') world.link.opened.emit();
        else {
          const message =
            kind === 'turn' ? membership.turn() : kind === 'change' ? membership.change() : world.server.add();
          // A removal goes to the user too, and other frames only to members.
          if ((wasMember || membership.isMember) && !lost) world.frame(message);
        }
        await world.settle();
      }
      world.link.opened.emit();
      await world.settle(60_000);
      await conversation.loadOlder();
      expect(seqs(conversation)).toEqual(membership.visible);
      const { role, name, unread, lastSeq } = world.chat ?? {};
      expect(role).toBe(membership.isMember ? 'member' : 'former');
      expect(lastSeq).toBe(membership.visible.at(-1) ?? 0);
      const view = world.server.answer({ route: 'GET /chats/chat', query: new URLSearchParams(), body: undefined });
      expect({ name, unread }).toEqual({
        name: (view as { name?: string }).name,
        unread: (view as { unreadCount: number }).unreadCount,
      });
      expect(pages(world).length).toBeLessThanOrEqual(4 * (steps.length + 2));
    }),
    { numRuns: 60 },
  );
});
