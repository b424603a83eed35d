import type { App } from './app.js';
import type { Household } from './household.js';
import type { SentText } from './ledger.js';
import type { Run } from './run.js';
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
  const all = [...run.world.server.chats.values()].flatMap((chat) => chat.messages);
  const stored = all.filter(({ content }) => content === text.text);
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
  const isSafe = text.safeAt !== undefined && !text.mayBeLost && isUserBack;
  const least = isSafe && !text.discarded && !text.tooLong ? 1 : 0;
  const most = text.discarded || text.tooLong ? 0 : 1;
  const isRight = stored.length >= least && stored.length <= most;
  check(isRight, 'every text appears exactly once', () => `The server has ${String(stored.length)} of "${short}".`);
}

/** If a text was safe before the next one was typed in the same browser, the server has them in this order. */
function checkOrder(run: Run): void {
  for (const chat of run.world.server.chats.values()) {
    const seqs = new Map(chat.messages.map(({ content, seq }) => [content ?? '', seq]));
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
    const summary = app.paloma.chats.get(chat.chatId).value;
    const unread = chat.lastSeq - chat.marksOf(userId).read;
    check(
      summary?.unread === unread,
      'unread equals the server',
      () => `${home.account.name} sees ${String(summary?.unread)}, the server counts ${String(unread)}.`,
    );
    check(
      unread === 0,
      'unread equals the server',
      () => `${home.account.name} read all, ${String(unread)} are unread.`,
    );
  }
  check(app.paloma.chats.unread.value === 0, 'unread equals the server', () => 'The sum is not 0.');
}

function checkTimeline(app: App, chat: ServerChat, userId: string): void {
  const rows = app.loaded.get(chat.chatId)?.state.value.rows ?? [];
  const shown = rows.filter((row) => row.tick !== 'failed').map((row) => `${String(row.seq)} ${row.content}`);
  const stored = chat.messages.map(({ seq, content }) => `${String(seq)} ${String(content)}`);
  check(
    shown.join('\n') === stored.join('\n'),
    'every timeline equals the server',
    () => `${shown.join('|')} / ${stored.join('|')}`,
  );
  for (const message of chat.messages) {
    if (message.senderId !== userId) continue;
    const tick = rows.find((row) => row.seq === message.seq)?.tick;
    const status = chat.statusOf(message);
    check(
      tick === status,
      'ticks equal the server',
      () => `seq ${String(message.seq)} shows ${String(tick)}, not ${status}.`,
    );
  }
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
