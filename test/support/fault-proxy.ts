import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, NetConnectOpts, Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Where something listens; `host` may be the folder of PostgreSQL's Unix socket. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
}

type Fault =
  | { readonly kind: 'PASS' }
  | { readonly kind: 'DELAY'; readonly ms: () => number }
  | { readonly kind: 'HOLD'; readonly until: PromiseWithResolvers<undefined> }
  | { readonly kind: 'SWALLOW' }
  | { readonly kind: 'REFUSE' };

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes of it are missing: nothing that follows would make sense. */
  isBroken: boolean;
}

/** A network on loopback before any server that speaks TCP, which a test can break and mend. It begins whole. */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #upstream: NetConnectOpts;
  readonly #pairs = new Set<Pair>();
  #fault: Fault = { kind: 'PASS' };
  #accepted = 0;

  private constructor(upstream: Upstream) {
    const { host, port } = upstream;
    this.#upstream = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${String(port)}` } : { host, port };
    this.#server = createServer((client) => this.#accept(client));
  }

  static async before(upstream: Upstream): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstream);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** Where clients find it. */
  get address(): Upstream {
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  /** How many connections were taken so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** How many are open. */
  get open(): number {
    return this.#pairs.size;
  }

  /** All is well again: what was held flows; connections that lost bytes stay deaf. */
  pass(): void {
    this.#become({ kind: 'PASS' });
  }

  /** Every piece comes later, in order. */
  delay(ms: number | (() => number)): void {
    this.#become({ kind: 'DELAY', ms: typeof ms === 'number' ? () => ms : ms });
  }

  /** Nothing moves, nothing is lost: a network that is away for a while. */
  hold(): void {
    this.#become({ kind: 'HOLD', until: Promise.withResolvers() });
  }

  /** Nothing moves and nobody says so, for ever: a box in between that has forgotten its connections. */
  swallow(): void {
    this.#become({ kind: 'SWALLOW' });
  }

  /** New connections are turned away; the old ones go on. */
  refuse(): void {
    this.#become({ kind: 'REFUSE' });
  }

  /** Cuts all connections, with a reset. */
  reset(): void {
    for (const pair of this.#pairs) end(pair);
  }

  /** The server is gone: its connections are cut, and there are no new ones. */
  down(): void {
    this.refuse();
    this.reset();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.down();
    await once(this.#server, 'close');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #become(fault: Fault): void {
    const before = this.#fault;
    this.#fault = fault;
    if (before.kind === 'HOLD') before.until.resolve(undefined);
  }

  #accept(client: Socket): void {
    if (this.#fault.kind === 'REFUSE') {
      client.on('error', () => undefined).resetAndDestroy();
      return;
    }
    this.#accepted += 1;
    const pair: Pair = { client, server: connect(this.#upstream), isBroken: false };
    this.#pairs.add(pair);
    for (const socket of [pair.client, pair.server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined).on('close', () => end(pair));
    }
    pair.client.on('close', () => this.#pairs.delete(pair));
    this.#pump(pair, pair.client, pair.server);
    this.#pump(pair, pair.server, pair.client);
  }

  #pump(pair: Pair, from: Socket, to: Socket): void {
    let before = Promise.resolve();
    const after = (act: () => void): void => {
      const turn = this.#turn(pair);
      before = before.then(() => turn).then(act);
    };
    from.on('data', (data: Buffer) =>
      after(() => {
        if (!pair.isBroken && to.writable) to.write(data);
      }),
    );
    from.on('end', () => after(() => to.end()));
  }

  /** When something that has just come may go on. */
  async #turn(pair: Pair): Promise<void> {
    const fault = this.#fault;
    if (fault.kind === 'SWALLOW') pair.isBroken = true;
    if (fault.kind === 'DELAY') await delay(fault.ms());
    if (fault.kind !== 'HOLD') return;
    await fault.until.promise;
    await this.#turn(pair);
  }
}

function end({ client, server }: Pair): void {
  client.resetAndDestroy();
  server.destroy();
}
