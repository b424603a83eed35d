/** Actions of users who change the group that members join and leave. */
import type { App } from './app.js';
import { deleteMessage, edit, hide, react } from './changing.js';
import type { Household } from './household.js';
import type { Run } from './run.js';

/** A user who is or was in the group looks at it. */
export function openClub({ club }: Run, _: Household, app: App | undefined): void {
  if (app?.userId !== undefined && club.isKnownTo(app.userId)) app.open(club.chatId);
}

/** A user adds one who is not in the group, or tries to. */
export function join(run: Run, _: Household, app: App | undefined): void {
  if (!app?.isSignedIn) return;
  const { random, club, world } = run;
  const others = world.server.accounts.filter((one) => !club.has(one.userId));
  if (others.length === 0) return;
  const userIds = [random.pick(others).userId];
  const addition = { userIds, clientMessageId: random.id(), ...(random.chance(0.5) ? { history: true } : {}) };
  void app.paloma.groups.add(club.chatId, addition).catch(() => undefined);
}

export function leave(run: Run, _: Household, app: App | undefined): void {
  if (!app?.isSignedIn) return;
  void app.paloma.groups.leave(run.club.chatId).catch(() => undefined);
}

export function remove(run: Run, _: Household, app: App | undefined): void {
  if (!app?.isSignedIn) return;
  const { userId } = run.random.pick(run.club.members);
  void app.paloma.groups.remove(run.club.chatId, userId).catch(() => undefined);
}

export function rename(run: Run, _: Household, app: App | undefined): void {
  if (!app?.isSignedIn) return;
  void app.paloma.groups.change(run.club.chatId, { name: `club ${run.random.id()}` }).catch(() => undefined);
}

/** One step of a user in the group. */
export function actInGroup(run: Run, home: Household, app: App | undefined): void {
  openClub(run, home, app);
  const send = () => app?.send(run.newText(), false);
  const changes = [edit, edit, deleteMessage, hide, react, react];
  run.random.pick([join, join, leave, remove, rename, send, send, ...changes])(run, home, app);
}
