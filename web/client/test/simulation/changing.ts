/** Actions of users who change messages. */
import type { Row } from '../../src/api.js';
import type { App } from './app.js';
import type { Household } from './household.js';
import type { Run } from './run.js';

const EMOJI = ['👍', '❤️', '😂'];

/** The user edits an own message that shows. */
export function edit(run: Run, _: Household, app: App | undefined): void {
  change(
    run,
    app,
    ({ own, kind }) => own && kind === 'text',
    (conversation, { messageId = '' }) => conversation.edit(messageId, `edit ${run.random.id()}`),
  );
}

/** Of another user, too: the members of groups are admins here. */
export function deleteMessage(run: Run, _: Household, app: App | undefined): void {
  change(
    run,
    app,
    ({ kind }) => kind === 'text',
    (conversation, { messageId = '' }) => conversation.delete(messageId),
  );
}

/** Several calls for one message may be on their way. */
export function react(run: Run, _: Household, app: App | undefined): void {
  const row = rowOf(run, app, ({ kind }) => kind === 'text');
  if (!row) return;
  for (let calls = run.random.pick([1, 1, 2]); calls > 0; calls--) {
    const emoji = run.random.pick(EMOJI);
    const isRemoval = run.random.chance(0.3);
    onConversation(app, (conversation) => {
      const { messageId = '' } = row;
      return isRemoval ? conversation.unreact(messageId) : conversation.react(messageId, emoji);
    });
  }
}

export function hide(run: Run, _: Household, app: App | undefined): void {
  change(
    run,
    app,
    ({ kind }) => kind !== 'notice',
    (conversation, { messageId = '' }) => conversation.hide(messageId),
  );
}

export function clear(run: Run, _: Household, app: App | undefined): void {
  if (!app?.isSignedIn || app.chatId === undefined) return;
  for (const text of run.ledger.texts) if (text.chatId === app.chatId) text.changed = true;
  void app.paloma.chats.clear(app.chatId).catch(() => undefined);
}

/** The server does not keep the changes of a chat so far any more. */
export function forgetChanges(run: Run): void {
  const { changes } = run.random.pick([...run.world.server.chats.values()]);
  changes.forgotten = changes.seqs.length;
}

type Conversation = ReturnType<App['paloma']['conversation']>;

function change(
  run: Run,
  app: App | undefined,
  fits: (row: Row) => boolean,
  act: (conversation: Conversation, row: Row) => Promise<void>,
): void {
  const chat = run.world.server.chats.get(app?.chatId ?? '');
  const row = rowOf(run, app, fits);
  if (!chat || !row) return;
  const message = chat.messages[(row.seq ?? 0) - 1];
  const text = message && run.ledger.get(chat.changes.original(message) ?? '');
  if (text) text.changed = true;
  onConversation(app, (conversation) => act(conversation, row));
}

/** A message that the user sees. */
function rowOf(run: Run, app: App | undefined, fits: (row: Row) => boolean): Row | undefined {
  const rows = app?.eyes?.rows.filter((row) => row.seq !== undefined && fits(row)) ?? [];
  return app?.isSignedIn && rows.length > 0 ? run.random.pick(rows) : undefined;
}

function onConversation(app: App | undefined, act: (conversation: Conversation) => Promise<void>): void {
  if (app?.chatId === undefined) return;
  const conversation = app.paloma.conversation(app.chatId);
  void act(conversation).catch(() => undefined);
  conversation.close();
}
