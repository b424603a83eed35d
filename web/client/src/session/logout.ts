import type { Client } from 'openapi-fetch';
import type { paths } from '../contracts.js';
import type { Rest, SessionRow } from '../parts.js';
import type { Ports } from '../ports.js';
import { createRest } from '../rest/rest.js';

/** Time limit for telling the server about a logout. The local session ends in any case. */
const LIMIT = 5_000;

interface Surroundings {
  readonly apiUrl: string;
  readonly open: Client<paths>;
  readonly ports: Pick<Ports, 'fetch' | 'clock'>;
}

/** Ends a session at the server that ends here at the same time. Resolves after 5 s at the latest, answered or not. */
export async function reportLogout(row: SessionRow, around: Surroundings): Promise<void> {
  const body = { refreshToken: row.refreshToken, everywhere: false };
  // `keepalive`: the user may close the tab before the server answers.
  const call = restAfter(row, around).POST('/auth/logout', { body, keepalive: true });
  await new Promise<void>((resolve) => {
    const cancel = around.ports.clock.after(LIMIT, resolve);
    const done = () => {
      cancel();
      resolve();
    };
    call.then(done, done);
  });
}

/** Calls with the tokens of a session that has ended here. */
function restAfter(row: SessionRow, { apiUrl, open, ports }: Surroundings): Rest {
  const { accessToken, refreshToken, obtainedAt, expiresIn } = row;
  const renew = async () => {
    const { data } = await open.POST('/auth/refresh', { body: { refreshToken } });
    return data?.accessToken ?? accessToken;
  };
  const age = ports.clock.now() - obtainedAt;
  // The browser may hide the answer to an expired token.
  const access = age >= 0 && age < expiresIn ? () => Promise.resolve(accessToken) : renew;
  const renewIfDoubtful = () => Promise.resolve(undefined);
  return createRest(apiUrl, ports, { access, renew, renewIfDoubtful, refused: () => Promise.resolve() });
}
