import type { Session, SessionState } from '@paloma/client';

/** The session's state once the library knows it. */
export function settled({ state }: Session): Promise<SessionState> {
  return new Promise((resolve) => {
    if (state.value.kind !== 'starting') {
      resolve(state.value);
      return;
    }
    const end = state.subscribe((value) => {
      if (value.kind === 'starting') return;
      end();
      resolve(value);
    });
  });
}
