import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { writeTogether } from '../../src/kernel/write-together.js';

it('writes what comes in one turn of the event loop at once, and later what comes later', async () => {
  const writes: number[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      writes.push(1);
      done();
    },
    writev: (chunks, done) => {
      writes.push(chunks.length);
      done();
    },
  });
  const say = (text: string): void => {
    writeTogether(stream);
    stream.write(text);
  };
  say('one');
  say('two');
  await Promise.resolve();
  say('three');
  expect(writes).toEqual([]);
  await nextTurn();
  say('four');
  stream.end();
  await once(stream, 'finish');
  expect(writes).toEqual([3, 1]);
});
