import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { ApolloDoor, GRAPHQL_PATH } from './apollo-door.js';
import type { ApiServices } from './operation.js';
import { WebsocketDoor } from './websocket-door.js';
import type { WebsocketOptions } from './websocket-door.js';

/** The API on one port: HTTP and websockets at the same path. */
export class GraphqlServer {
  readonly #http: ApolloDoor;
  readonly #websockets: WebsocketDoor;

  private constructor(http: ApolloDoor, websockets: WebsocketDoor) {
    this.#http = http;
    this.#websockets = websockets;
  }

  /** Adds the routes to `app`, which must not listen yet. */
  static async register(
    app: FastifyInstance,
    services: ApiServices,
    options: WebsocketOptions,
  ): Promise<GraphqlServer> {
    const http = new ApolloDoor(services);
    const websockets = new WebsocketDoor(services, options);
    await http.register(app);
    app.server.on('upgrade', (request: IncomingMessage, connection: Duplex, head: Buffer) => {
      if (pathOf(request) === GRAPHQL_PATH) websockets.upgrade(request, connection, head);
      else connection.destroy();
    });
    return new GraphqlServer(http, websockets);
  }

  /** How many of them are open. */
  get websockets(): number {
    return this.#websockets.size;
  }

  /** Websockets first, so that their clients look for another process; then the requests that run. Close `app` between. */
  async stop(app: FastifyInstance): Promise<void> {
    await this.#websockets.close();
    await app.close();
    await this.#http.stop();
  }
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  return url.split('?', 1)[0] ?? url;
}
