import type { Row } from '../../src/api.js';
import { shownReactions } from '../../src/conversation/reactions.js';
import type { App } from './app.js';
import type { Household } from './household.js';
import type { SentText } from './ledger.js';
import type { Run } from './run.js';
import { asIn } from './server/changes.js';
import type { ServerChat } from './server/data.js';
import { check } from './violation.js';

/** The invariants that hold when nothing moves any more. */
export function checkEnd(run: Run): void {
  for (const text of run.ledger.texts) checkText(run, text);
  checkOrder(run);
  for (const home of run.homes) {
    for (const app of home.apps) checkApp(run, home, app);
    checkArrivals(home);
    checkDraft(home);
  }
  checkRefreshes(run);
}

function checkText(run: Run, text: SentText): void {
  const chats = [...run.world.server.chats.values()];
  const stored = chats.flatMap((chat) => chat.messages.filter((one) => chat.changes.original(one) === text.text));
  const short = text.text.slice(0, 12);
  for (const { senderId, chatId } of stored) {
    check(senderId === text.senderId && chatId === text.chatId, 'nothing is sent under another user', () => short);
  }
  const entries = run.homes.flatMap(({ apps }) => apps.flatMap((app) => app.paloma.outbox.entries.value));
  const isKept = entries.some(({ content }) => content === text.text);
  // After a session that ended, the text waits for its user.
  const isUserBack = run.homes.some((home) => home.browser === text.browser && home.account.userId === text.senderId);
  if (text.tooLong && !text.discarded && !text.mayBeLost && isUserBack) {
    check(isKept && stored.length === 0, 'a failed message keeps its text', () => short);
    return;
  }
  // The sender had left the group: then the text waits for the user.
  if (text.chatId === run.club.chatId && stored.length === 0 && isKept) return;
  const isSafe = text.safeAt !== undefined && !text.mayBeLost && isUserBack;
  const least = isSafe && !text.discarded && !text.tooLong ? 1 : 0;
  const most = text.discarded || text.tooLong ? 0 : 1;
  const isRight = stored.length >= least && stored.length <= most;
  check(isRight, 'every text appears exactly once', () => `The server has ${String(stored.length)} of "${short}".`);
}

/** If a text was safe before the next one was typed in the same browser, the server has them in this order. */
function checkOrder(run: Run): void {
  for (const chat of run.world.server.chats.values()) {
    const seqs = new Map(chat.messages.map((one) => [chat.changes.original(one) ?? '', one.seq]));
    const sent = run.ledger.texts.filter((text) => text.chatId === chat.chatId && seqs.has(text.text) && !text.retried);
    for (const earlier of sent) {
      for (const later of sent) {
        if (later.browser !== earlier.browser || (earlier.safeAt ?? Infinity) >= later.calledAt) continue;
        if (earlier.mayBeLost || later.mayBeLost) continue;
        const isRight = (seqs.get(earlier.text) ?? 0) < (seqs.get(later.text) ?? 0);
        check(isRight, 'own messages keep their order', () => `"${earlier.text}" is behind "${later.text}".`);
      }
    }
  }
}

function checkApp(run: Run, home: Household, app: App): void {
  const { userId } = home.account;
  for (const chat of run.chatsOf(home.account.userId)) {
    checkTimeline(app, chat, userId);
    checkGroup(app, chat, userId);
    checkPreview(app, chat, userId);
    const summary = app.paloma.chats.get(chat.chatId).value;
    const unread = chat.unreadOf(userId);
    check(
      summary?.unread === unread,
      'unread equals the server',
      () => `${home.account.name} sees ${String(summary?.unread)}, the server counts ${String(unread)}.`,
    );
    // A hidden message counts as unread until it is read, and has no row.
    const hasHidden = chat.changes.hidden.has(userId);
    check(
      unread === 0 || hasHidden,
      'unread equals the server',
      () => `${home.account.name} read all, ${String(unread)} are unread.`,
    );
  }
  const sum = run.chatsOf(userId).reduce((all, chat) => all + chat.unreadOf(userId), 0);
  check(app.paloma.chats.unread.value === sum, 'unread equals the server', () => `The sum is not ${String(sum)}.`);
}

function checkTimeline(app: App, chat: ServerChat, userId: string): void {
  const rows = app.loaded.get(chat.chatId)?.state.value.rows ?? [];
  const shown = shownRows(rows);
  const stored = storedRows(chat, userId);
  checkQuotes(rows, chat, userId);
  check(
    shown.join('\n') === stored.join('\n'),
    'every timeline equals the server',
    () => `${shown.join('|')} / ${stored.join('|')}`,
  );
  // Nothing tells a former member of the ticks of old messages.
  if (!chat.has(userId)) return;
  for (const message of chat.visible(userId)) {
    if (message.senderId !== userId || message.content === null) continue;
    const tick = rows.find((row) => row.seq === message.seq)?.tick;
    const status = chat.statusOf(message);
    check(
      tick === status,
      'ticks equal the server',
      () => `seq ${String(message.seq)} shows ${String(tick)}, not ${status}.`,
    );
  }
}

function shownRows(rows: readonly Row[]): string[] {
  const accepted = rows.filter((row) => row.tick !== 'failed');
  return accepted.map((row) => `${String(row.seq)} ${textOf(row)}${reactionsOf(row.reactions)}`);
}

function textOf({ kind, notice, content, edited }: Row): string {
  return kind === 'deleted' ? kind : `${notice?.type ?? content}${edited ? ' (edited)' : ''}`;
}

function reactionsOf(reactions: Row['reactions']): string {
  return reactions.map(({ emoji, count, own }) => ` ${emoji}${String(count)}${own ? '*' : ''}`).join('');
}

function storedRows(chat: ServerChat, userId: string): string[] {
  const shown = chat.visible(userId).filter(({ hidden }) => !hidden);
  return shown.map((message) => {
    const { seq, kind, content, deletedAt, editedAt } = message;
    const text = `${kind?.type ?? String(content)}${editedAt === undefined ? '' : ' (edited)'}`;
    const reactions = shownReactions(asIn(chat, userId, message), userId);
    return `${String(seq)} ${deletedAt === undefined ? text : 'deleted'}${reactionsOf(reactions)}`;
  });
}

function checkPreview(app: App, chat: ServerChat, userId: string): void {
  const last = chat.visible(userId).at(-1);
  const shown = app.paloma.chats.get(chat.chatId).value?.last;
  // An unsent message of this browser, or a chat without messages.
  if (shown?.tick === 'queued' || shown?.tick === 'failed') return;
  const is = `${String(shown?.seq)} ${String(shown?.content)}`;
  const expected = `${String(last?.seq)} ${String(last ? last.content : undefined)}`;
  check(is === expected, 'every preview equals the server', () => `${is} / ${expected}`);
}

/** No quote shows what the user may not see, and none is out of date. */
function checkQuotes(rows: readonly Row[], chat: ServerChat, userId: string): void {
  for (const { quote, content } of rows) {
    const answered = quote && chat.visible(userId).find(({ messageId }) => messageId === quote.messageId);
    const expected = answered?.content ?? '';
    const isRight = !quote || quote.preview === expected;
    const detail = () => `${content} quotes "${String(quote?.preview)}", not "${expected}".`;
    check(isRight, 'every quote equals the server', detail);
  }
}

/** Without a catch-up: the group as each tab shows it, from frames alone. */
export function checkLive({ homes, club }: Run): void {
  for (const { account, apps } of homes) {
    if (!club.isKnownTo(account.userId)) continue;
    for (const app of apps) {
      checkGroup(app, club, account.userId);
      const unread = app.paloma.chats.get(club.chatId).value?.unread;
      const counted = club.unreadOf(account.userId);
      check(unread === counted, 'unread equals the server', () => `${String(unread)} live, not ${String(counted)}.`);
      const shown = shownRows(app.eyes?.rows ?? []);
      const stored = storedRows(club, account.userId).slice(-shown.length);
      // A former member hears of no deletion until the next page.
      const isHere = app.chatId === club.chatId && club.has(account.userId);
      const isSame = !isHere || shown.join('\n') === stored.join('\n');
      check(isSame, 'every timeline equals the server', () => `live: ${shown.join('|')} / ${stored.join('|')}`);
    }
  }
}

function checkGroup(app: App, chat: ServerChat, userId: string): void {
  if (chat.kind !== 'group') return;
  const summary = app.paloma.chats.get(chat.chatId).value;
  const { role, participants } = chat.view(userId, false);
  const is = [summary?.role ?? 'admin', [...(summary?.participants ?? [])].sort().join()];
  const expected = [role ?? 'admin', [...participants].sort().join()];
  // A former member keeps the name of the time of the leaving.
  if (role !== 'former') [is, expected].forEach((one, at) => one.push(String(at === 0 ? summary?.name : chat.name)));
  check(
    is.join(' ') === expected.join(' '),
    'a group equals the server',
    () => `${is.join(' ')} / ${expected.join(' ')}`,
  );
}

function checkArrivals({ arrivals }: Household): void {
  const ids = arrivals.map(({ userId, arrival }) => `${String(userId)} ${arrival.message.messageId}`);
  check(new Set(ids).size === ids.length, 'a message arrives once per browser', () => ids.join(', '));
  const own = arrivals.filter(({ userId, arrival }) => arrival.message.senderId === userId);
  check(own.length === 0, 'a message arrives once per browser', () => 'An own message arrived.');
}

function checkDraft(home: Household): void {
  for (const app of home.apps) {
    const shown = app.paloma.drafts.get('key');
    // A tab that sets a draft before it knows the stored one keeps both.
    check(
      home.draft === undefined || shown === home.draft || shown.endsWith(`\n${home.draft}`),
      'drafts survive',
      () => `"${shown}" does not end with "${String(home.draft)}".`,
    );
  }
}

/** A token lives for 15 minutes: a second refresh within a minute is a waste, unless the first answer was lost. */
function checkRefreshes({ homes }: Run): void {
  for (const { refreshes } of homes.map(({ browser }) => browser.network)) {
    for (const [index, later] of refreshes.entries()) {
      if (later.leaving || !later.granted) continue;
      const before = refreshes.slice(0, index);
      const earlier = before.findLast(({ arrived, session }) => arrived && session === later.session);
      if (!earlier?.tab.isAliveUntil(later.startedAt) || earlier.storageFull) continue;
      // A user who sets the clock makes the age of the token unknown.
      if (earlier.clockError !== later.clockError) continue;
      const apart = later.startedAt - earlier.startedAt;
      check(
        apart > 60_000,
        'one tab refreshes a token',
        () => `${later.tab.name} twice within ${String(apart)} ms, at ${String(later.startedAt)}`,
      );
    }
  }
}
