import { beforeMyEnd } from './last-will.js';
import { CannotRunError, requireRoot, requireTool, runTool } from './root-tools.js';

/** A command and its first arguments; a program and its own follow. */
export type Launcher = readonly [file: string, ...args: string[]];

/** How the machines of a run are reached when they live in network namespaces. */
export interface Network {
  /** Where PostgreSQL, Redis and WhatsApp listen. */
  readonly machinesHost: string;
  /** Where the server processes listen. */
  readonly serverHost: string;
  /** Command that starts a program on the side of the server. */
  readonly enterServer: Launcher;
}

/** A private /30; both addresses exist inside the two namespaces alone. */
const MACHINES_HOST = '10.213.7.1';
const SERVER_HOST = '10.213.7.2';
/** There and back, the delay doubles. */
const NETEM = ['netem', 'delay', '100ms', 'loss', '5%'];
/** For kernels without netem: what waits longer than 200 ms for this narrow line is dropped. */
const BOTTLENECK = ['tbf', 'rate', '512kbit', 'burst', '4kb', 'latency', '200ms'];

const SIDES = ['machines', 'server'] as const;
type Side = (typeof SIDES)[number];

/** Two network namespaces joined by one bad cable. Neither reaches anything else. */
export class SlowLink implements Disposable {
  readonly network: Network;
  /** Command that starts a program on the side of PostgreSQL and WhatsApp. */
  readonly enterMachines: Launcher;
  /** false: this kernel has no netem, the cable is narrow instead. */
  readonly hasNetem: boolean;
  readonly #ip: string;
  readonly #takeBack: () => void;

  constructor() {
    requireRoot();
    this.#ip = requireTool('ip', 'iproute2');
    const tc = requireTool('tc', 'iproute2');
    this.#takeBack = beforeMyEnd(() => this.#remove());
    try {
      this.#connect();
      const enter = (side: Side): Launcher => [this.#ip, 'netns', 'exec', namespaceOf(side)];
      this.enterMachines = enter('machines');
      this.network = {
        machinesHost: MACHINES_HOST,
        serverHost: SERVER_HOST,
        enterServer: enter('server'),
      };
      const shape = (how: readonly string[]): void => {
        for (const side of SIDES) {
          runTool(tc, ['-n', namespaceOf(side), 'qdisc', 'add', 'dev', side, 'root', ...how]);
        }
      };
      this.hasNetem = tryNetem(() => {
        shape(NETEM);
      });
      if (!this.hasNetem) shape(BOTTLENECK);
    } catch (error) {
      this[Symbol.dispose]();
      throw refusal(error);
    }
  }

  [Symbol.dispose](): void {
    this.#takeBack();
    this.#remove();
  }

  #connect(): void {
    const ip = (...args: readonly string[]): string => runTool(this.#ip, args);
    const [machines, server] = SIDES.map(namespaceOf);
    for (const side of SIDES) ip('netns', 'add', namespaceOf(side));
    ip(
      '-n',
      machines ?? '',
      'link',
      'add',
      'machines',
      'type',
      'veth',
      'peer',
      'server',
      'netns',
      server ?? '',
    );
    for (const side of SIDES) {
      const address = side === 'machines' ? MACHINES_HOST : SERVER_HOST;
      ip('-n', namespaceOf(side), 'address', 'add', `${address}/30`, 'dev', side);
      for (const device of ['lo', side]) ip('-n', namespaceOf(side), 'link', 'set', device, 'up');
    }
  }

  /** The cable goes with the namespaces, and those for good when the last process inside has ended. */
  #remove(): void {
    for (const side of SIDES) {
      try {
        runTool(this.#ip, ['netns', 'delete', namespaceOf(side)]);
      } catch {
        // It was not made yet.
      }
    }
  }
}

/** Counters of one end of the cable, for a process inside that end's namespace. */
export function linkCounters(): { readonly how: string; readonly packets: number; readonly dropped: number } {
  const tc = requireTool('tc', 'iproute2');
  const text = runTool(tc, ['-s', 'qdisc', 'show', 'dev', 'machines']);
  const [, how = 'unknown'] = /^qdisc (.+?) \w+: root/.exec(text) ?? [];
  const [, packets, dropped] = /(\d+) pkt \(dropped (\d+)/.exec(text) ?? [];
  return { how, packets: Number(packets), dropped: Number(dropped) };
}

function namespaceOf(side: Side): string {
  return `trunkline-${process.pid}-${side}`;
}

function tryNetem(shape: () => void): boolean {
  try {
    shape();
    return true;
  } catch (error) {
    if (String(error).includes('qdisc kind is unknown')) return false;
    throw error;
  }
}

function refusal(error: unknown): Error {
  if (error instanceof CannotRunError) return error;
  const why = error instanceof Error ? error.message.trim() : String(error);
  return new CannotRunError(`This machine does not allow network namespaces with a shaped cable: ${why}`);
}
