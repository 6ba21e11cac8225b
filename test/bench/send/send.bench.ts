import { setTimeout as sleep } from 'node:timers/promises';
import { BenchProcess } from '../child-process.js';
import { WARM_UP_SECONDS } from '../latency.js';
import type { Round } from '../latency.js';
import { cpuMs } from '../machine.js';
import { atLeast } from '../report.js';
import type { BenchOptions, BenchResult } from '../report.js';
import type { SentFacts, WitnessFacts } from '../whatsapp/simulator.process.js';
import { Stage } from '../whatsapp/stage.js';
import type { SendLoadRequest, SendLoadSetUp, ToAckRound } from './load.process.js';

const DEVICES = 20;
const SUBACCOUNTS = 10;
const CUSTOMERS = 5;
const FEW = 20;
const MANY = 100;
const BACKLOG_GOAL = 0.7;
const TO_ACK_GOAL = 0.4;
/** A backlog is drained in about the time of a round at this rate. */
const EXPECTED_RATE = 400;
const DRAIN_LIMIT_MS = 120_000;
const LOOK_EVERY_MS = 50;
const FREE = { pacing: 'OFF' };

/** Nothing leaves: it is night for the next hours, whatever the clock says. */
function held(): object {
  const morning = new Date().getUTCHours() < 12;
  const sendingHours = morning ? { from: '20:00', until: '22:00' } : { from: '02:00', until: '04:00' };
  return { pacing: 'ON', sendingHours };
}

type Side = 'rawFew' | 'rawMany' | 'drain' | 'few' | 'many';

interface Measured {
  readonly rate: number;
  /** Of the side under test, PostgreSQL included; the loopback WhatsApp not. */
  readonly cpuMs: number;
}

/** How many messages a second reach WhatsApp's ack, from a backlog and from the mutation on, against the bare library. */
export async function benchSend(options: BenchOptions): Promise<BenchResult> {
  await using stage = await openSendStage(options);
  await using load = await startSendLoad(stage, options.signal);
  const raw = (inFlight: number, seconds = options.seconds) => measureRaw(stage, inFlight, seconds);

  const toAck = (inFlight: number, seconds = options.seconds) => measureToAck(stage, load, inFlight, seconds);
  await raw(MANY, WARM_UP_SECONDS);
  await toAck(MANY, WARM_UP_SECONDS);
  const rounds: Record<Side, Measured>[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    rounds.push({
      rawFew: await raw(FEW),
      drain: await measureDrain(stage, load, options.seconds),
      rawMany: await raw(MANY),
      few: await toAck(FEW),
      many: await toAck(MANY),
    });
  }
  const of = (side: Side, figure: keyof Measured): number[] => rounds.map((round) => round[side][figure]);
  const rate = (product: 'drain' | 'few' | 'many', floor: 'rawFew' | 'rawMany') => ({
    unit: 'messages/s',
    product: of(product, 'rate'),
    floor: of(floor, 'rate'),
  });
  const cpu = (product: 'drain' | 'few' | 'many', floor: 'rawFew' | 'rawMany') => ({
    unit: 'ms CPU/message',
    product: of(product, 'cpuMs'),
    floor: of(floor, 'cpuMs'),
  });
  return {
    name: 'send',
    title: `${DEVICES} devices, pacing off, 1 process; CPU is of all processes but the loopback WhatsApp`,
    floor: 'raw Baileys',
    comparisons: [
      { metric: `backlog / ${FEW} in flight`, ...rate('drain', 'rawFew'), goals: [atLeast(BACKLOG_GOAL)] },
      { metric: `backlog / ${MANY} in flight`, ...rate('drain', 'rawMany'), goals: [atLeast(BACKLOG_GOAL)] },
      {
        metric: `mutation to ack, ${FEW} in flight`,
        ...rate('few', 'rawFew'),
        goals: [atLeast(TO_ACK_GOAL)],
      },
      {
        metric: `mutation to ack, ${MANY} in flight`,
        ...rate('many', 'rawMany'),
        goals: [atLeast(TO_ACK_GOAL)],
      },
      { metric: 'backlog', ...cpu('drain', 'rawFew') },
      { metric: `mutation to ack, ${MANY} in flight`, ...cpu('many', 'rawMany') },
    ],
    verified: await verify(stage),
  };
}

export function openSendStage(
  options: BenchOptions,
  more: { readonly redis?: boolean; readonly bare?: boolean } = {},
): Promise<Stage> {
  return Stage.open(options, { devices: DEVICES, subaccounts: SUBACCOUNTS, customers: CUSTOMERS, ...more });
}

/** With all Signal sessions standing, on both sides. */
export async function startSendLoad(stage: Stage, signal: AbortSignal): Promise<BenchProcess> {
  const setUp: SendLoadSetUp = {
    url: stage.server.url,
    apiKey: stage.tenants.apiKey,
    ackPort: stage.facts.ackPort,
    deviceIds: stage.tenants.deviceIds,
    recipients: stage.customers,
  };
  const load = await BenchProcess.start(new URL('load.process.ts', import.meta.url), setUp, signal);
  await stage.raw({ kind: 'once-each' });
  await stage.simulator({ kind: 'forget' });
  const each = stage.customers.length;
  await load.ask({ kind: 'backlog', each } satisfies SendLoadRequest);
  await acked(stage, each * stage.numbers.length);
  return load;
}

/** The clock runs from the first ack to the last one, so that neither start nor end counts. */
export async function measureDrain(stage: Stage, load: BenchProcess, seconds: number): Promise<Measured> {
  const devices = stage.numbers.length;
  const each = Math.ceil((seconds * EXPECTED_RATE) / devices);
  await stage.simulator({ kind: 'forget' });
  await load.ask({ kind: 'pacing', policy: held() } satisfies SendLoadRequest);
  await load.ask({ kind: 'backlog', each } satisfies SendLoadRequest);

  const before = cpuMs(stage.server.pids());
  await load.ask({ kind: 'pacing', policy: FREE } satisfies SendLoadRequest);
  const count = each * devices;
  const { firstAckAt, lastAckAt } = await acked(stage, count);
  const spent = cpuMs(stage.server.pids()) - before;
  return { rate: (count - 1) / ((lastAckAt - firstAckAt) / 1_000), cpuMs: spent / count };
}

async function acked(stage: Stage, count: number): Promise<SentFacts> {
  const deadline = Date.now() + DRAIN_LIMIT_MS;
  while (Date.now() < deadline) {
    const facts = await stage.simulator<SentFacts>({ kind: 'sent' });
    if (facts.acked >= count) return facts;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`${count} messages were not acked in time`);
}

export async function measureToAck(
  stage: Stage,
  load: BenchProcess,
  inFlight: number,
  seconds: number,
): Promise<Measured> {
  await stage.simulator({ kind: 'forget' });
  const before = cpuMs(stage.server.pids());
  const round = await load.ask<ToAckRound>({
    kind: 'to-ack',
    inFlight,
    seconds,
  } satisfies SendLoadRequest);
  const spent = cpuMs(stage.server.pids()) - before;
  return { rate: round.count / round.seconds, cpuMs: spent / round.begun };
}

async function measureRaw(stage: Stage, inFlight: number, seconds: number): Promise<Measured> {
  await stage.simulator({ kind: 'forget' });
  const before = cpuMs([stage.rawPid]);
  const { count, total } = await stage.raw<Round>({ kind: 'send', seconds, inFlight });
  const spent = cpuMs([stage.rawPid]) - before;
  return { rate: count / seconds, cpuMs: spent / total };
}

/** Throws when something went wrong on the way: a rate of broken messages is none. */
async function verify(stage: Stage): Promise<string> {
  const { reusedKeys, undecryptable } = await stage.simulator<WitnessFacts>({ kind: 'faults' });
  if (reusedKeys + undecryptable > 0) {
    throw new Error(`${reusedKeys} Signal keys were used twice, ${undecryptable} copies could not be read`);
  }
  return 'every phone could read every message, no Signal key was used twice';
}
