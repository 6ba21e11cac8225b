import { describe, expect, it } from 'vitest';
import { TokenCache } from '../../../src/modules/identity/index.js';
import type { TokenGrant } from '../../../src/modules/identity/token-cache.js';
import { MovableClock } from './fixture.js';

const grant = (tokenId: string): TokenGrant => ({
  tokenId,
  actor: { kind: 'api_key', apiKeyId: tokenId },
  scope: { agencyId: 'a', subaccountIds: 'all' },
  actions: new Set(),
  roles: null,
  expiresAt: null,
});

describe('TokenCache', () => {
  it('remembers for two seconds', () => {
    const clock = new MovableClock();
    const cache = new TokenCache(clock);
    cache.store('hash', grant('1'), cache.generation);
    clock.advance(1_900);
    expect(cache.find('hash')?.tokenId).toBe('1');
    clock.advance(100);
    expect(cache.find('hash')).toBeNull();
  });

  it('does not remember what was read before a revocation', () => {
    const cache = new TokenCache(new MovableClock());
    const { generation } = cache;
    cache.clear();
    cache.store('hash', grant('1'), generation);
    expect(cache.find('hash')).toBeNull();
  });

  it('keeps ten thousand tokens, dropping the oldest', () => {
    const cache = new TokenCache(new MovableClock());
    for (let i = 0; i <= 10_000; i += 1) cache.store(`hash ${i}`, grant(`${i}`), cache.generation);
    expect(cache.find('hash 0')).toBeNull();
    expect(cache.find('hash 1')?.tokenId).toBe('1');
    expect(cache.find('hash 10000')?.tokenId).toBe('10000');
  });
});
