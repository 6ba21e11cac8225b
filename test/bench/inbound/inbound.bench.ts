import { BenchProcess } from '../child-process.js';
import { cpuMs } from '../machine.js';
import { atLeast } from '../report.js';
import type { BenchOptions, BenchResult } from '../report.js';
import { asOwner } from '../tenants.js';
import type { Lane } from '../whatsapp/simulator.process.js';
import { Stage } from '../whatsapp/stage.js';
import type { ListenerRequest, ListenerSetUp } from './listener.process.js';

const DEVICES = 20;
const SUBACCOUNTS = 10;
const CUSTOMERS = 25;
const BURST = 2_000;
const WARM_UP = 400;
const GOAL = 0.5;

interface Measured {
  readonly rate: number;
  readonly cpuMs: number;
}

/** How fast a burst of encrypted messages becomes stored messages that subscribers have been told of. */
export async function benchInbound(options: BenchOptions): Promise<BenchResult> {
  await using stage = await Stage.open(options, {
    devices: DEVICES,
    subaccounts: SUBACCOUNTS,
    customers: CUSTOMERS,
  });
  const setUp: ListenerSetUp = {
    url: stage.server.url,
    apiKey: stage.tenants.apiKey,
    subaccountIds: stage.tenants.subaccounts.map(({ id }) => id),
  };
  await using listener = await BenchProcess.start(
    new URL('listener.process.ts', import.meta.url),
    setUp,
    options.signal,
  );
  const product = (count: number) =>
    burst(stage, { numbers: stage.numbers, count, pids: stage.server.pids() }, () =>
      listener.ask<number>({ count } satisfies ListenerRequest),
    );
  const raw = (count: number) =>
    burst(stage, { numbers: stage.rawNumbers, count, pids: [stage.rawPid] }, (text) =>
      stage.raw<number>({ kind: 'receive', count, text }),
    );
  await raw(WARM_UP);
  await product(WARM_UP);
  const rounds: { readonly raw: Measured; readonly product: Measured }[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    rounds.push({ raw: await raw(BURST), product: await product(BURST) });
  }
  const compare = (figure: keyof Measured) => ({
    product: rounds.map((round) => round.product[figure]),
    floor: rounds.map((round) => round.raw[figure]),
  });
  const stored = WARM_UP + options.rounds * BURST;
  await verify(stage, stored);
  return {
    name: 'inbound',
    title: `a burst of ${BURST} messages to ${DEVICES} devices, to a stored message and its event at a subscriber / to messages.upsert`,
    floor: 'raw Baileys',
    comparisons: [
      { metric: 'received', unit: 'messages/s', ...compare('rate'), goals: [atLeast(GOAL)] },
      { metric: 'received', unit: 'ms CPU/message', ...compare('cpuMs') },
    ],
    verified: `each of ${stored} messages is one row, none is left in the inbox`,
  };
}

async function burst(
  stage: Stage,
  { numbers, count, pids }: { numbers: readonly string[]; count: number; pids: readonly number[] },
  arrived: (text: string) => Promise<number>,
): Promise<Measured> {
  const text = `burst ${Math.random()}`;
  const lanes: Lane[] = stage.customers.flatMap((from) => numbers.map((to) => ({ from, to })));
  await stage.simulator({ kind: 'forget' });
  await stage.simulator({ kind: 'load', lanes, count, text });
  const before = cpuMs(pids);
  const done = arrived(text);
  const releasedAt = await stage.simulator<number>({ kind: 'release' });
  const arrivedAt = await done;
  return { rate: count / ((arrivedAt - releasedAt) / 1_000), cpuMs: (cpuMs(pids) - before) / count };
}

async function verify(stage: Stage, count: number): Promise<void> {
  const { rows } = await asOwner(stage.server, (client) =>
    client.query<{ messages: number; left: number }>(
      `select (select count(*)::integer from message where direction = 'INBOUND' and status = 'RECEIVED') as messages,
              (select count(*)::integer from inbox where due_at is not null or failure is not null) as left`,
    ),
  );
  const [found] = rows;
  if (found?.messages !== count || found.left !== 0) {
    throw new Error(`${count} messages were written, but ${JSON.stringify(found)} was found`);
  }
}
