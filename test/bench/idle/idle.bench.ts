import { setTimeout as sleep } from 'node:timers/promises';
import { startBenchServer } from '../bench-server.js';
import { residentMiB } from '../machine.js';
import { atMost } from '../report.js';
import type { BenchOptions, BenchResult } from '../report.js';
import type { RawCredentials } from '../whatsapp/raw-device.js';
import type { RawRequest } from '../whatsapp/raw.process.js';
import { Stage, startRaw } from '../whatsapp/stage.js';

const DEVICES = 50;
const SUBACCOUNTS = 10;
const SETTLE_MS = 5_000;
const MEMORY_GOAL = 1.5;
const MEMORY_LIMIT_MIB = 8;
const RESTART_LIMIT_S = 3;

/** What a device costs that does nothing, and how fast all of them are back after a restart. */
export async function benchIdle(options: BenchOptions): Promise<BenchResult> {
  await using stage = await Stage.open(options, { devices: DEVICES, subaccounts: SUBACCOUNTS, customers: 1 });
  const empty = await emptyMiB(options);
  const restarts: number[] = [];
  const memory: number[] = [];
  const bareMemory: number[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    restarts.push(await restart(stage));
    await sleep(SETTLE_MS);
    memory.push((residentMiB(stage.server.pid()) - empty) / DEVICES);
    bareMemory.push(await bareMiB(stage, options.signal));
  }
  return {
    name: 'idle',
    title: `${DEVICES} linked devices that do nothing, each time in a new process`,
    floor: 'raw Baileys',
    comparisons: [
      {
        metric: 'memory a device',
        unit: 'MiB',
        product: memory,
        floor: bareMemory,
        goals: [atMost(MEMORY_GOAL), atMost(MEMORY_LIMIT_MIB, 'value')],
      },
      {
        metric: 'from the start of the process to all connected',
        unit: 's',
        product: restarts,
        goals: [atMost(RESTART_LIMIT_S, 'value')],
      },
    ],
    verified: `CONNECTS_PER_SECOND is raised to 500; the empty process has ${empty.toFixed(0)} MiB`,
  };
}

async function restart(stage: Stage): Promise<number> {
  await stage.server.stop();
  const from = performance.now();
  await stage.server.start();
  await stage.allConnected();
  return (performance.now() - from) / 1_000;
}

/** Of the product without a device. */
async function emptyMiB({ signal }: BenchOptions): Promise<number> {
  signal.throwIfAborted();
  await using server = await startBenchServer();
  await sleep(SETTLE_MS);
  return residentMiB(server.pid());
}

/** The same credentials in a new process of the bare library. */
async function bareMiB(stage: Stage, signal: AbortSignal): Promise<number> {
  const credentials = await stage.raw<RawCredentials[]>({ kind: 'export' });
  await using raw = await startRaw(stage.facts, stage.customers, signal);
  const empty = residentMiB(raw.pid);
  await raw.ask({ kind: 'login', credentials } satisfies RawRequest);
  await sleep(SETTLE_MS);
  return (residentMiB(raw.pid) - empty) / DEVICES;
}
