import { describe, expect, it } from 'vitest';
import { clientAddress, proxyTrust } from '../../../src/platform/http/client-address.js';
import type { Arrival } from '../../../src/platform/http/client-address.js';

const request = (remoteAddress: string, forwarded?: string): Arrival => ({
  socket: { remoteAddress },
  headers: { 'x-forwarded-for': forwarded },
});

describe('the address of a caller', () => {
  const chain = request('10.0.0.1', '203.0.113.7, 10.0.0.3 ,10.0.0.2');

  it.each([
    [false, '10.0.0.1'],
    [true, '203.0.113.7'],
    [1, '10.0.0.2'],
    [2, '10.0.0.3'],
    [['10.0.0.0/8'], '203.0.113.7'],
    [['10.0.0.1', '10.0.0.2'], '10.0.0.3'],
  ] as const)('is, trusting %j, %s', (trusted, expected) => {
    expect(clientAddress(chain, proxyTrust(trusted))).toBe(expected);
  });

  it('is the machine that connected when nobody was named', () => {
    expect(clientAddress(request('203.0.113.9'), proxyTrust(true))).toBe('203.0.113.9');
  });

  it('reads an IPv4 address that a dual-stack socket reports', () => {
    expect(clientAddress(request('::ffff:10.0.0.1', '203.0.113.7'), proxyTrust(['10.0.0.0/8']))).toBe(
      '203.0.113.7',
    );
  });
});
