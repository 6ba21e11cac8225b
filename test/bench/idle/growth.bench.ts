import { setTimeout as sleep } from 'node:timers/promises';
import { residentMiB } from '../machine.js';
import type { BenchOptions, BenchResult, Comparison } from '../report.js';
import { measureDrain, startSendLoad } from '../send/send.bench.js';
import { Stage } from '../whatsapp/stage.js';

const DEVICES_EACH = 10;
const CUSTOMERS = 3;
const SETTLE_MS = 5_000;

/** The same figures with ever more devices in one process. */
export async function benchGrowth(options: BenchOptions): Promise<BenchResult> {
  const comparisons: Comparison[] = [];
  for (const devices of options.devices) comparisons.push(...(await measure(options, devices)));
  return {
    name: 'growth',
    title: `one process with ${options.devices.join(', ')} devices`,
    floor: '',
    comparisons,
    verified: 'CONNECTS_PER_SECOND is raised to 500',
  };
}

async function measure(options: BenchOptions, devices: number): Promise<Comparison[]> {
  const subaccounts = Math.max(1, Math.floor(devices / DEVICES_EACH));
  await using stage = await Stage.open(options, { devices, subaccounts, customers: CUSTOMERS, bare: false });
  await stage.server.stop();
  const from = performance.now();
  await stage.server.start();
  await stage.allConnected();
  const back = (performance.now() - from) / 1_000;
  await sleep(SETTLE_MS);
  const memory = residentMiB(stage.server.pid());
  await using load = await startSendLoad(stage, options.signal);
  await measureDrain(stage, load, 1);
  const { rate } = await measureDrain(stage, load, options.seconds);
  return [
    { metric: `${devices} devices: all connected after a start`, unit: 's', product: [back] },
    { metric: `${devices} devices: memory of the process`, unit: 'MiB', product: [memory] },
    { metric: `${devices} devices: backlog`, unit: 'messages/s', product: [rate] },
  ];
}
