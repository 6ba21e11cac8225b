import type { IncomingHttpHeaders } from 'node:http';
import ipaddr from 'ipaddr.js';
import type { Config } from '../../config/config.js';

/** Whether the machine at `address`, `hop` machines away from us, is believed when it names who called it. */
export type ProxyTrust = (address: string, hop: number) => boolean;

/** The part of a request that tells where it came from. */
export interface Arrival {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

export function proxyTrust(trusted: Config['http']['trustProxy']): ProxyTrust {
  if (typeof trusted === 'boolean') return () => trusted;
  if (typeof trusted === 'number') return (_address, hop) => hop < trusted;
  const networks = trusted.map((network) =>
    network.includes('/') ? ipaddr.parseCIDR(network) : hostNetwork(network),
  );
  return (address) => networks.some((network) => isWithin(address, network));
}

/** The caller's address: the first machine, counted from us, that is not a trusted proxy. */
export function clientAddress(request: Arrival, trust: ProxyTrust): string {
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  const named = forwarded.map((address) => address.trim()).filter((address) => address !== '');
  const chain = [request.socket.remoteAddress ?? 'unknown', ...named.reverse()];
  const client = chain.find((address, hop) => hop === chain.length - 1 || !trust(address, hop));
  return client ?? 'unknown';
}

function hostNetwork(address: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const parsed = ipaddr.parse(address);
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128];
}

function isWithin(address: string, [network, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number]): boolean {
  if (!ipaddr.isValid(address)) return false;
  // `process` turns ::ffff:10.0.0.1, which a dual-stack socket reports, into 10.0.0.1.
  const parsed = ipaddr.process(address);
  return parsed.kind() === network.kind() && parsed.match(network, bits);
}
