import { describe, expect, it } from 'vitest';
import { useStage } from './support/stage.js';
import { until } from './support/until.js';

const stageOf = useStage();

describe('a login', () => {
  it('of a device that nothing changed for asks the store once and writes nothing', async () => {
    const stage = await stageOf();
    const linked = await stage.link();
    await until(() => linked.observer.calls.includes('onCaughtUp'), 'the end of the first login');
    await linked.session.close();
    // The first login after the pairing stores what WhatsApp tells once.
    const again = stage.reopen(linked);
    await until(() => again.observer.calls.includes('onCaughtUp'), 'the end of the second login');
    await again.session.close();
    const { store } = again;
    const commits = store.commits;
    store.reads.length = 0;
    const last = stage.reopen(again);
    await until(() => last.observer.calls.includes('onCaughtUp'), 'the end of the third login');
    await last.session.close();
    expect(store.reads).toEqual([]);
    expect(store.commits).toBe(commits);
  });
});
