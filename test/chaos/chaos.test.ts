import { beforeAll, describe, expect, it } from 'vitest';
import { redisMissing } from '../platform/queue/backends.js';
import { provideProduct } from '../process/support/product.js';
import { runChaos } from './support/chaos-run.js';
import type { Backend } from './support/machines.js';
import { runPause } from './support/pause-run.js';
import { runPoints } from './support/points-run.js';
import { toText, type Report } from './support/report.js';

const LIMIT_MS = 600_000;
const MACHINES = { seed: 'suite', fast: true, leaseTtlSeconds: 5 } as const;

let product: string;
beforeAll(async () => {
  product = await provideProduct();
}, 120_000);

/** The whole table is the message of a failure. */
function expectKept(report: Report): void {
  expect(report.kept, toText(report)).toBe(true);
}

function killing(backend: Backend): void {
  it('loses and doubles nothing while processes are killed', { timeout: LIMIT_MS }, async () => {
    const report = await runChaos({
      ...MACHINES,
      product,
      backend,
      processes: 2,
      devices: 8,
      sends: 120,
      inbound: 60,
      killEveryMs: 3_000,
      victims: 'all',
      spreadMs: 10_000,
      limitMs: 300_000,
    });
    expectKept(report);
  });
}

describe('delivery on PostgreSQL alone', () => {
  killing('postgres');

  it('survives its end in each crash point', { timeout: LIMIT_MS }, async () => {
    expectKept(await runPoints({ ...MACHINES, product, backend: 'postgres', times: 1 }));
  });
});

describe.skipIf(redisMissing !== null)('delivery with Redis', () => {
  killing('redis');
});

describe('a process that was paused for longer than its leases last', () => {
  it('neither sends, nor writes, nor connects on waking up', { timeout: LIMIT_MS }, async () => {
    expectKept(await runPause({ ...MACHINES, product, backend: 'postgres', devices: 6 }));
  });
});
