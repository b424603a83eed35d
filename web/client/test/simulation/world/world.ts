import { Random } from '../random.js';
import { Server } from '../server/server.js';
import { Scheduler } from './scheduler.js';

/** Server, time and chance of one run. */
export class World {
  readonly random: Random;
  readonly scheduler = new Scheduler();
  readonly server: Server;
  /** Epoch milliseconds of the begin of the run, by the server's clock. */
  readonly start = Date.UTC(2026, 2, 1);

  constructor(readonly seed: number) {
    this.random = new Random(seed);
    const clock = () => Math.floor(this.start + this.scheduler.now);
    const later = (milliseconds: number, run: () => void) => void this.scheduler.after(milliseconds, run);
    this.server = new Server(this.random, clock, later, ['Ana', 'Bruno', 'Carla', 'Dora']);
  }
}
