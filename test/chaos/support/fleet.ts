import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CrashPoint } from '../../../src/app/crash-points.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machines } from './machines.js';
import { freePort } from '../../support/redis.js';
import { ServerProcess } from './server-process.js';

/** A new process plans every statement anew on every connection, and all of them share few processors. */
const SESSION_CONNECTIONS = '8';
const CRASHING = fileURLToPath(new URL('./crashing-process.ts', import.meta.url));

interface Place {
  readonly name: string;
  /** How often the machine itself was lost: a new one has another name, and waits for the leases of the old one to end. */
  machine: number;
  readonly env: Readonly<Record<string, string>>;
  process: ServerProcess;
}

/** Server processes on shared machines: one answers the API and does what workers do, the others hold the sessions. A killed one is started again. */
export class Fleet implements AsyncDisposable {
  readonly url: string;
  readonly #machines: Machines;
  readonly #places: Place[] = [];
  #kills = 0;

  private constructor(machines: Machines, port: number) {
    this.#machines = machines;
    this.url = `http://${machines.serverHost}:${port}/graphql`;
  }

  static async start(machines: Machines, processes: number): Promise<Fleet> {
    const port = await freePort();
    const fleet = new Fleet(machines, port);
    try {
      fleet.#add('api', { ROLES: 'api,worker', PORT: String(port) });
      for (let number = 1; number <= processes; number += 1) {
        fleet.#add(`sessions-${number}`, { ROLES: 'sessions', DATABASE_CONNECTIONS: SESSION_CONNECTIONS });
      }
      await Promise.all(fleet.#places.map((place) => place.process.started()));
      return fleet;
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
  }

  get kills(): number {
    return this.#kills;
  }

  /** Names of those that may be killed, always in the same order. */
  names(kind: 'sessions' | 'all'): string[] {
    return this.#places.map((place) => place.name).filter((name) => kind === 'all' || name !== 'api');
  }

  process(name: string): ServerProcess {
    return this.#place(name).process;
  }

  /** kill -9, and a new process in its place at once, on the same machine or a new one. Does not wait until that one has started. */
  async killAndRestart(name: string, on: 'SAME_MACHINE' | 'NEW_MACHINE' = 'SAME_MACHINE'): Promise<void> {
    const place = this.#place(name);
    await place.process.kill();
    this.#kills += 1;
    if (on === 'NEW_MACHINE') place.machine += 1;
    place.process = this.#spawn(place, place.env);
  }

  /** Puts a process in the place that ends itself when it reaches the point; resolves when it has started. */
  async arm(name: string, point: CrashPoint): Promise<void> {
    const place = this.#place(name);
    await place.process.kill();
    const { product } = this.#machines;
    place.process = this.#spawn(place, { ...place.env, CRASH_POINT: point, PRODUCT: product }, CRASHING);
    await place.process.started();
  }

  /** Resolves when the process in the place has ended by itself, and a usual one has taken over; false when it lives too long. */
  async crashed(name: string, withinMs: number): Promise<boolean> {
    const place = this.#place(name);
    const patience = new AbortController();
    const tooLong = sleep(withinMs, 'TOO_LONG' as const, { signal: patience.signal }).catch(() => null);
    const ended = await Promise.race([place.process.exited, tooLong]);
    patience.abort();
    const byPoint = ended !== 'TOO_LONG' && ended?.signal === 'SIGKILL';
    await this.killAndRestart(name);
    return byPoint;
  }

  async started(): Promise<void> {
    await Promise.all(this.#places.map((place) => place.process.started()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#places.map((place) => place.process.kill()));
  }

  #place(name: string): Place {
    const place = this.#places.find((each) => each.name === name);
    if (place === undefined) throw new Error(`there is no process ${name}`);
    return place;
  }

  #add(name: string, env: Readonly<Record<string, string>>): void {
    const machine = 1;
    this.#places.push({ name, machine, env, process: this.#spawn({ name, machine }, env) });
  }

  #spawn(
    { name, machine }: Pick<Place, 'name' | 'machine'>,
    env: Readonly<Record<string, string>>,
    program = path.join(this.#machines.product, 'dist/src/main.js'),
  ): ServerProcess {
    const logFile = path.join(this.#machines.folder, `${name}.log`);
    return new ServerProcess({
      name,
      env: { ...this.#machines.env, NODE_NAME: `${name}-${machine}`, ...env },
      logFile,
      program,
      launcher: this.#machines.launcher,
    });
  }
}
