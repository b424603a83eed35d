/** Actions of users who change messages. */
import type { Row } from '../../src/api.js';
import type { App } from './app.js';
import type { Household } from './household.js';
import type { Run } from './run.js';

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
  const { chatId, eyes } = app ?? {};
  const chat = run.world.server.chats.get(chatId ?? '');
  const rows = eyes?.rows.filter((row) => row.seq !== undefined && fits(row)) ?? [];
  if (!app?.isSignedIn || chatId === undefined || !chat || rows.length === 0) return;
  const row = run.random.pick(rows);
  const message = chat.messages[(row.seq ?? 0) - 1];
  const text = message && run.ledger.get(chat.changes.original(message) ?? '');
  if (text) text.changed = true;
  const conversation = app.paloma.conversation(chatId);
  void act(conversation, row).catch(() => undefined);
  conversation.close();
}
