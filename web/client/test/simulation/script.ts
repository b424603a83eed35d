import type { App } from './app.js';
import type { Household } from './household.js';
import { clear, deleteMessage, edit, forgetChanges, hide, react } from './changing.js';
import { join, leave, openClub, remove, rename } from './membership.js';
import type { Run } from './run.js';
import { MAX_CONTENT } from './server/data.js';

const DAY = 86_400_000;

type Action = (run: Run, home: Household, app: App | undefined) => void;

/** The actions of users, browsers and networks, with weights. */
const ACTIONS: readonly (readonly [weight: number, action: Action])[] = [
  [10, send],
  [3, burst],
  [1, sendTooLong],
  [4, openChat],
  [
    4,
    (_, home, app) => {
      home.focus(app);
    },
  ],
  [
    6,
    (_, __, app) => {
      app?.read();
    },
  ],
  [2, scroll],
  [2, retryOrDiscard],
  [2, draft],
  [2, type],
  [
    3,
    (_, home) => {
      home.browser.network.cut();
    },
  ],
  [2, offline],
  [3, crash],
  [2, secondTab],
  [1, closeTab],
  [
    1,
    (run, home) => {
      home.browser.clockError = run.random.pick([-DAY, 0, DAY]);
    },
  ],
  [1, fullStorage],
  [
    1,
    (run) => {
      run.rest(run.random.between(10, 40) * 60_000);
    },
  ],
  [1, busyServer],
  [6, openClub],
  [9, join],
  [3, leave],
  [3, remove],
  [2, rename],
  [8, edit],
  [5, deleteMessage],
  [2, hide],
  [10, react],
  [1, clear],
  [1, forgetChanges],
  [1, logOut],
  [1, endSession],
];

const TOTAL = ACTIONS.reduce((sum, [weight]) => sum + weight, 0);

/** One step of the script. */
export function act(run: Run): void {
  const home = run.random.pick(run.homes);
  const app = home.apps.length > 0 ? run.random.pick(home.apps) : undefined;
  let left = run.random.next() * TOTAL;
  for (const [weight, action] of ACTIONS) {
    left -= weight;
    if (left >= 0) continue;
    run.world.scheduler.note(
      () => `# ${action.name || action.toString()} ${app?.tab.name ?? home.browser.account.name}`,
    );
    action(run, home, app);
    return;
  }
}

function send(run: Run, _: Household, app: App | undefined): void {
  const rows = app?.eyes?.rows.filter(({ messageId }) => messageId !== undefined) ?? [];
  const answered = rows.length > 0 && run.random.chance(0.4) ? run.random.pick(rows).messageId : undefined;
  app?.send(run.newText(), false, answered);
}

function burst(run: Run, _: Household, app: App | undefined): void {
  for (let count = run.random.between(2, 4); count > 0; count--) app?.send(run.newText(), false);
}

function sendTooLong(run: Run, _: Household, app: App | undefined): void {
  app?.send(run.newText().padEnd(MAX_CONTENT + 1, '.'), true);
}

function openChat(run: Run, _: Household, app: App | undefined): void {
  if (app?.userId !== undefined) app.open(run.random.pick(run.chatsOf(app.userId)).chatId);
}

function scroll(run: Run, _: Household, app: App | undefined): void {
  if (app?.chatId === undefined || !app.isSignedIn) return;
  const conversation = app.paloma.conversation(app.chatId);
  const move = run.random.pick([
    () => conversation.loadOlder(),
    () => conversation.loadNewer(),
    () => conversation.jumpToEnd(),
  ]);
  void move();
  conversation.close();
}

function retryOrDiscard(run: Run, _: Household, app: App | undefined): void {
  const entries = app?.isSignedIn ? app.paloma.outbox.entries.value : [];
  if (!app || entries.length === 0) return;
  const { clientMessageId, content, state } = run.random.pick(entries);
  const text = run.ledger.get(content);
  if (!text) return;
  if (run.random.chance(0.5)) {
    text.retried ||= state === 'failed';
    void app.paloma.outbox.retry(clientMessageId).catch(() => undefined);
    return;
  }
  const { mayBeLost } = text;
  // A crash may come between the removal and its return.
  text.mayBeLost = true;
  void app.paloma.outbox.discard(clientMessageId).then(
    (returned) => {
      if (returned === undefined) text.mayBeLost = mayBeLost;
      else text.discarded = true;
    },
    () => undefined,
  );
}

function draft(run: Run, home: Household, app: App | undefined): void {
  if (!app?.isSignedIn || home.browser.storage.full) return;
  const text = `draft of ${String(app.userId)} ${run.random.id()}`;
  home.draft = undefined;
  void app.paloma.drafts.set('key', text).then(
    () => {
      if (text.includes(home.account.userId)) home.draft = text;
    },
    () => undefined,
  );
}

function type(_: Run, __: Household, app: App | undefined): void {
  if (app?.chatId === undefined || !app.isSignedIn) return;
  const conversation = app.paloma.conversation(app.chatId);
  conversation.typing();
  conversation.close();
}

/** The same user or another one logs in afterwards. */
function logOut(run: Run, home: Household, app: App | undefined): void {
  const userId = app?.userId;
  if (!app || userId === undefined) return;
  home.account = run.random.pick([home.account, ...run.world.server.accounts]);
  // A logout deletes what is unsent, in all tabs as soon as they hear of it.
  const lose = () => {
    home.draft = undefined;
    for (const text of run.ledger.texts) {
      if (text.browser === home.browser && text.senderId === userId) text.mayBeLost = true;
    }
  };
  lose();
  home.browser.leavingUntil = run.world.scheduler.now + 8_000;
  void app.paloma.session.logOut().then(lose);
  run.later(8_000, lose);
}

/** An operator ends all sessions of the user. Unsent messages wait for the next login. */
function endSession(run: Run, home: Household): void {
  run.world.server.endSessions(home.account.userId);
}

function offline(run: Run, home: Household): void {
  home.browser.online.set(false);
  home.browser.network.cut();
  run.later(run.random.between(200, 30_000), () => {
    home.browser.online.set(true);
  });
}

function crash(run: Run, home: Household, app: App | undefined): void {
  if (!app) return;
  home.kill(app);
  run.later(run.random.between(0, 3_000), () => {
    if (home.apps.length === 0 || run.random.chance(0.5)) run.openTab(home);
  });
}

function secondTab(run: Run, home: Household): void {
  if (home.apps.length < 2) run.openTab(home);
}

function closeTab(_: Run, home: Household, app: App | undefined): void {
  if (app && home.apps.length > 1) void home.close(app);
}

function fullStorage(run: Run, home: Household): void {
  home.browser.storage.full = true;
  run.later(run.random.between(500, 10_000), () => {
    home.browser.storage.full = false;
  });
}

function busyServer(run: Run, home: Household): void {
  const { network } = home.browser;
  network.faults = { ...run.faults, busy: 0.5 };
  run.later(run.random.between(500, 10_000), () => {
    network.faults = run.faults;
  });
}
