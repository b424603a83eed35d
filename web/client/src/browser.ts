import { type Readable, Value } from './observable.js';
import type { Attention, Channel, Clock, Locks, Ports, Socket } from './ports.js';

/** The ports of a browser. In Node, what a browser alone has is left out: the data lives in memory, in one tab. */
export function browserPorts(): Ports {
  return {
    fetch: (input, init) => fetch(input, init),
    openSocket,
    clock: systemClock,
    random: Math.random,
    randomId: () => crypto.randomUUID(),
    indexedDB: findIndexedDB(),
    locks: systemLocks(),
    openChannel,
    online: onlineSignal(),
    attention: attentionSignal(),
    suspended: suspendedSignal(),
    persistStorage,
  };
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  },
};

function openSocket(url: string): Socket {
  const web = new WebSocket(url);
  const socket: Socket = {
    send: (text) => {
      web.send(text);
    },
    close: () => {
      web.close();
    },
    onopen: null,
    onmessage: null,
    onclose: null,
  };
  web.onopen = () => socket.onopen?.();
  web.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'string') socket.onmessage?.(data);
  };
  web.onclose = ({ code }) => {
    const { onclose } = socket;
    socket.onclose = null;
    onclose?.(code);
  };
  return socket;
}

function systemLocks(): Locks {
  // Without Web Locks (an insecure address), each tab takes itself for the only one.
  const locks = (globalThis.navigator as Navigator | undefined)?.locks as LockManager | undefined;
  if (!locks) return { hold: (_name, work) => work() };
  return {
    hold: <T>(name: string, work: () => Promise<T>, signal?: AbortSignal) =>
      locks.request(name, signal ? { signal } : {}, work) as Promise<T>,
  };
}

function openChannel(name: string): Channel {
  const broadcast = new BroadcastChannel(name);
  // In Node, an open channel would keep the process alive.
  (broadcast as { unref?: () => void }).unref?.();
  const channel: Channel = {
    post: (message) => {
      broadcast.postMessage(message);
    },
    onmessage: null,
    close: () => {
      broadcast.close();
    },
  };
  broadcast.onmessage = ({ data }: MessageEvent<unknown>) => channel.onmessage?.(data);
  return channel;
}

function onlineSignal(): Readable<boolean> {
  const online = new Value(globalThis.document === undefined || navigator.onLine);
  const update = () => {
    online.set(navigator.onLine);
  };
  if (globalThis.document !== undefined) {
    addEventListener('online', update);
    addEventListener('offline', update);
  }
  return online;
}

function attentionSignal(): Readable<Attention> {
  if (globalThis.document === undefined) return new Value<Attention>({ visible: true, focused: true });
  const read = (): Attention => ({ visible: document.visibilityState === 'visible', focused: document.hasFocus() });
  const last = new Value(read());
  const update = () => {
    const [before, now] = [last.value, read()];
    if (before.visible !== now.visible || before.focused !== now.focused) last.set(now);
  };
  for (const event of ['focus', 'blur', 'pageshow', 'pagehide']) addEventListener(event, update);
  document.addEventListener('visibilitychange', update);
  return {
    // The document itself: a message may arrive between the loss of the focus and its event.
    get value() {
      return read();
    },
    subscribe: (listener) => last.subscribe(listener),
  };
}

/** By the back/forward cache, or in the background. */
function suspendedSignal(): Readable<boolean> {
  const suspended = new Value(false);
  if (globalThis.document === undefined) return suspended;
  const set = (value: boolean) => () => {
    suspended.set(value);
  };
  addEventListener('pagehide', set(true));
  addEventListener('pageshow', set(false));
  document.addEventListener('freeze', set(true));
  document.addEventListener('resume', set(false));
  return suspended;
}

/** The access itself fails where the user has forbidden the page to store data. */
function findIndexedDB(): IDBFactory | undefined {
  try {
    return globalThis.indexedDB as IDBFactory | undefined;
  } catch {
    return undefined;
  }
}

async function persistStorage(): Promise<boolean> {
  const storage = (globalThis.navigator as Navigator | undefined)?.storage as StorageManager | undefined;
  return (await storage?.persist?.()) ?? false;
}
