import type { DeviceStatus } from '../../device/index.js';
import { takesMessages } from '../outbound/send.policy.js';
import type { WhenOffline } from '../outbound/send.policy.js';
import type { RoutingRule } from './routing.rule.js';

export interface Candidate {
  readonly id: string;
  readonly status: DeviceStatus;
  /** Higher goes first; equal ones in the order in which they were made. */
  readonly priority: number;
}

export interface RoutingWishes {
  /** The device of the number that the person last began to write to. */
  readonly stickyDeviceId: string | null;
  /** The device that people chose for the person. */
  readonly favouriteDeviceId: string | null;
  readonly whenOffline: WhenOffline;
  /** It leaves later: how devices are connected now says nothing about then. */
  readonly isScheduled: boolean;
}

export interface Choice<T> {
  readonly device: T;
  readonly rule: RoutingRule;
}

type Fitness = (choice: Choice<Candidate>) => boolean;

/**
 * The device for a message that names only its subaccount: the sticky number, else the favourite, else by priority. One that is not
 * connected is passed over for the next; when none is, the message waits on the first one that connects by itself, and only then on one
 * that somebody has to reconnect. Null when no device can take it.
 */
export function chooseRoute<T extends Candidate>(
  devices: readonly T[],
  wishes: RoutingWishes,
): Choice<T> | null {
  const ranked = rank(devices, wishes);
  for (const fits of fitnesses(wishes)) {
    const choice = ranked.find(fits);
    if (choice !== undefined) return choice;
  }
  return null;
}

function rank<T extends Candidate>(devices: readonly T[], wishes: RoutingWishes): Choice<T>[] {
  const named = (id: string | null, rule: RoutingRule): Choice<T>[] =>
    devices.filter((device) => device.id === id).map((device) => ({ device, rule }));
  const byPriority = devices.toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));
  return [
    ...named(wishes.stickyDeviceId, 'STICKY'),
    ...named(wishes.favouriteDeviceId, 'FAVOURITE'),
    ...byPriority.map((device) => ({ device, rule: 'PRIORITY' }) as const),
  ];
}

/** In the order in which they are tried. */
function fitnesses({ whenOffline, isScheduled }: RoutingWishes): readonly Fitness[] {
  const connected: Fitness = ({ device }) => device.status === 'CONNECTED';
  if (isScheduled) return [returnsByItself, waits];
  if (whenOffline === 'REJECT') return [connected];
  // A number that reconnects this moment is not left for one that the person does not know.
  const ready: Fitness = (choice) =>
    connected(choice) || (choice.rule !== 'PRIORITY' && choice.device.status === 'CONNECTING');
  return [ready, returnsByItself, waits];
}

const waits: Fitness = ({ device }) => takesMessages(device.status);

const returnsByItself: Fitness = (choice) => waits(choice) && choice.device.status !== 'REPLACED';
