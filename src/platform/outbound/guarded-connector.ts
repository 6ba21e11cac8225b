import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressPolicy } from './address-policy.js';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}
export type Resolver = (host: string) => Promise<readonly ResolvedAddress[]>;

export const systemResolver: Resolver = (host) => lookup(host, { all: true });

/** The name or address leads where outbound calls may not go. */
export class BlockedAddressError extends Error {
  override readonly name = 'BlockedAddressError';
}

/**
 * Opens connections for undici to checked addresses only. It resolves the name itself, once, and connects to exactly
 * what it checked, so a name that answers differently the second time gains nothing. Node skips `lookup` for literal
 * addresses; they are checked here too. One bad address refuses the name.
 */
export function guardedConnector(
  policy: AddressPolicy,
  resolve: Resolver,
  timeoutMs: number,
): buildConnector.connector {
  const checked = async (hostname: string, port: number): Promise<readonly ResolvedAddress[]> => {
    const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
    const family = isIP(host);
    const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
    if (addresses.length === 0) throw new BlockedAddressError('the name has no address');
    if (addresses.every(({ address }) => policy.permits({ host, address, port }))) return addresses;
    throw new BlockedAddressError('the name leads to an address that may not be called');
  };
  return (options, callback) => {
    const port = options.port === '' ? (options.protocol === 'https:' ? 443 : 80) : Number(options.port);
    checked(options.hostname, port).then(
      (addresses) => {
        const connect = buildConnector({ timeout: timeoutMs, lookup: pinned(addresses) });
        connect(options, callback);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}

/** Answers with the given addresses, whatever is asked. */
function pinned(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, [...addresses]);
    else if (first === undefined) callback(new BlockedAddressError('the name has no address'), '');
    else callback(null, first.address, first.family);
  };
}
