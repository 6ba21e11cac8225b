import { afterEach, expect, test } from 'vitest';
import { Simulator } from '../../src/simulator/index.js';

const started: Simulator[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((simulator) => simulator.close()));
});

async function accountsOf(seed: string): Promise<unknown> {
  const simulator = await Simulator.start({ seed });
  started.push(simulator);
  const phones = [simulator.createPhone(), simulator.createPhone({ number: '628111222333' })];
  return [simulator.noiseRootKey, ...phones.map(({ number, lid }) => ({ number, lid }))];
}

test('the same seed makes the same accounts, another seed makes others', async () => {
  const first = await accountsOf('one');
  expect(await accountsOf('one')).toEqual(first);
  expect(await accountsOf('two')).not.toEqual(first);
});

test('a number can be taken once and has to be a number', async () => {
  const simulator = await Simulator.start();
  started.push(simulator);
  simulator.createPhone({ number: '628111222333' });
  expect(() => simulator.createPhone({ number: '628111222333' })).toThrow('already');
  expect(() => simulator.createPhone({ number: '+62 811' })).toThrow('digits');
});

test('closing twice is the same as closing once', async () => {
  const simulator = await Simulator.start();
  await Promise.all([simulator.close(), simulator.close()]);
  await simulator.close();
});
