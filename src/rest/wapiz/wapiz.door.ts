import type { FastifyRequest } from 'fastify';
import { validate as isUuid } from 'uuid';
import { parseCookie } from 'cookie';
import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import { isOriginAllowed } from '../../platform/http/http-server.js';
import type { Door, DoorApp } from '../door/door.js';
import type { DoorLimits } from '../door/door-limits.js';
import type { DoorServices } from '../door/door-services.js';
import { declareAccountRoutes } from './wapiz-account.routes.js';
import { declareDeviceRoutes } from './wapiz-device.routes.js';
import { declareMessageRoutes } from './wapiz-message.routes.js';
import { speakWapiz } from './wapiz.dialect.js';
import { wapizErrors } from './wapiz.errors.js';
import { WAPIZ_COOKIE } from './wapiz-cookie.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** WAPIZ's interface, for people who registered or logged in through it: their session is the cookie `wa_token`. */
export class WapizDoor implements Door {
  readonly prefix = '/wapiz';
  readonly security = 'waToken';
  readonly speak = speakWapiz;
  readonly #services: DoorServices;
  readonly #limits: DoorLimits;
  readonly #allowedOrigins: readonly string[];

  constructor(
    services: DoorServices,
    options: { readonly limits: DoorLimits; readonly allowedOrigins: readonly string[] },
  ) {
    this.#services = services;
    this.#limits = options.limits;
    this.#allowedOrigins = options.allowedOrigins;
  }

  async authenticate({ headers, id }: FastifyRequest): Promise<Context> {
    const token = parseCookie(headers.cookie ?? '')[WAPIZ_COOKIE];
    if (token === undefined || token === '') throw kernelErrors.TOKEN_MISSING();
    const caller = await this.#services.authenticator.authenticate(token, id);
    if (caller.actor.kind !== 'user') throw kernelErrors.TOKEN_INVALID();
    return caller;
  }

  /** A browser sends the cookie by itself, so a page of somebody else could act with it. */
  guard({ method, raw }: FastifyRequest): void {
    if (!SAFE_METHODS.has(method) && !isOriginAllowed(raw, this.#allowedOrigins))
      throw wapizErrors.ORIGIN_NOT_ALLOWED();
  }

  async admit(request: FastifyRequest): Promise<void> {
    const { id } = request.params as { readonly id?: string };
    if (id === undefined) return;
    if (!isUuid(id)) throw kernelErrors.NOT_FOUND();
    request.device = await this.#services.devices.get(request.caller, id);
  }

  declareRoutes(app: DoorApp): void {
    declareAccountRoutes(app, this.#services, this.#limits);
    declareDeviceRoutes(app, this.#services);
    declareMessageRoutes(app, this.#services);
  }
}
