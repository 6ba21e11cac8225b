import { expect, test } from 'vitest';
import { PreparationGate } from '../../../src/modules/messaging/outbound/preparation-gate.js';

const ENTRIES = 500;
/** Far above what it takes, far below what it takes to block other devices. */
const LIMIT_CPU_MS = 1;

test('one alone waits for all that are inside, and who comes later waits for it', async () => {
  const gate = new PreparationGate();
  const steps: string[] = [];
  const leaves = [await gate.enter(), await gate.enter()];
  const alone = gate.enterAlone().then((leave) => {
    steps.push('alone');
    leave();
  });
  const later = gate.enter().then((leave) => {
    steps.push('later');
    leave();
  });
  for (const [index, leave] of leaves.entries()) {
    steps.push(`left ${index}`);
    leave();
  }
  await Promise.all([alone, later]);
  expect(steps).toEqual(['left 0', 'left 1', 'alone', 'later']);
});

test('passing costs next to nothing: every message of every device does', async () => {
  const gate = new PreparationGate();
  const before = process.cpuUsage();
  for (let entry = 0; entry < ENTRIES; entry += 1) (await gate.enter())();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000 / ENTRIES).toBeLessThan(LIMIT_CPU_MS);
});

test('more than it has places for get in one after another', async () => {
  const gate = new PreparationGate();
  let inside = 0;
  const pass = async (): Promise<void> => {
    const leave = await gate.enter();
    inside += 1;
    leave();
  };
  await Promise.all(Array.from({ length: 3_000 }, pass));
  expect(inside).toBe(3_000);
});
