import ipaddr from 'ipaddr.js';
import type { Config } from '../../config/config.js';

const PORTS: ReadonlySet<number> = new Set([80, 443, 8443]);
/** IPv6 that is routed at all lies in here; ipaddr.js calls everything that it does not know `unicast`. */
const GLOBAL_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/** Where a connection would go: `address` is what `host` resolved to. */
export interface Destination {
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

/** Decides which addresses may be called on behalf of users: public ones, and those that the operator lets through. */
export class AddressPolicy {
  readonly #rules: Config['outboundAllow'];

  constructor(rules: Config['outboundAllow']) {
    this.#rules = rules;
  }

  permits(destination: Destination): boolean {
    return (PORTS.has(destination.port) && isPublicAddress(destination.address)) || this.admits(destination);
  }

  /** Whether the operator's own rules name this place, whatever it is for the rest of the world. */
  admits(destination: Destination): boolean {
    return this.#rules.some((rule) => matches(rule, destination));
  }

  /** Whether any address could be called on this port: the first check, before names are resolved. */
  permitsPort(port: number): boolean {
    return PORTS.has(port) || this.#rules.some((rule) => rule.port === null || rule.port === port);
  }
}

/** Globally routed unicast only. Forms that embed an IPv4 address (mapped, NAT64, 6to4, Teredo) are none. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6);
}

function matches(rule: Config['outboundAllow'][number], destination: Destination): boolean {
  if (rule.port !== null && rule.port !== destination.port) return false;
  if (rule.kind === 'host') return rule.host === destination.host;
  if (!ipaddr.isValid(destination.address)) return false;
  const address = ipaddr.parse(destination.address);
  const network = ipaddr.parseCIDR(rule.cidr);
  return address.kind() === network[0].kind() && address.match(network);
}
