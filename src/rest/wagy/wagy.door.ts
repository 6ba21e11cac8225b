import type { FastifyRequest } from 'fastify';
import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import { parsePublicId } from '../../kernel/ids.js';
import type { Door, DoorApp } from '../door/door.js';
import type { DoorServices } from '../door/door-services.js';
import { bearerOf } from '../door/door-words.js';
import { declareAccountRoutes } from './wagy-account.routes.js';
import { declareDeviceRoutes } from './wagy-device.routes.js';
import { declareMessageRoutes } from './wagy-message.routes.js';
import { speakWagy } from './wagy.dialect.js';

/** Wagy's interface. A device's own token opens what is of that device; a key of its subaccount also makes and pairs devices. */
export class WagyDoor implements Door {
  readonly prefix = '/wagy';
  readonly security = 'wagyToken';
  readonly speak = speakWagy;
  readonly #services: DoorServices;

  constructor(services: DoorServices) {
    this.#services = services;
  }

  async authenticate({ headers, id }: FastifyRequest): Promise<Context> {
    const given = headers['x-api-key'];
    const token = bearerOf(headers.authorization) ?? (typeof given === 'string' ? given : null);
    if (token === null) throw kernelErrors.TOKEN_MISSING();
    const caller = await this.#services.authenticator.authenticate(token, id);
    if (caller.actor.kind !== 'device_token' && caller.actor.kind !== 'api_key')
      throw kernelErrors.TOKEN_INVALID();
    return caller;
  }

  /** Another device of the same subaccount is the wrong device for this token; what is further away does not exist. */
  async admit(request: FastifyRequest): Promise<void> {
    const { params, caller, routeOptions } = request;
    // Messages leave by the device's own token only.
    if (routeOptions.config.access === 'message:send' && caller.actor.kind !== 'device_token')
      throw kernelErrors.TOKEN_INVALID();
    const deviceId = deviceIdIn(params);
    if (deviceId === undefined) return;
    if (deviceId === null) throw kernelErrors.NOT_FOUND();
    const [device] = await this.#services.devices.findMany(caller, [deviceId]);
    if (device !== undefined) {
      request.device = device;
      return;
    }
    if (await this.#services.deviceReader.isSibling(caller, deviceId)) throw kernelErrors.TOKEN_INVALID();
    throw kernelErrors.NOT_FOUND();
  }

  declareRoutes(app: DoorApp): void {
    declareDeviceRoutes(app, this.#services);
    declareAccountRoutes(app, this.#services);
    declareMessageRoutes(app, this.#services);
  }
}

/** undefined: the path names no device; null: what it names cannot be one. */
function deviceIdIn(params: unknown): string | null | undefined {
  const { device_id: id } = params as { readonly device_id?: string };
  if (id === undefined) return undefined;
  const parsed = parsePublicId(id);
  return parsed?.type === 'Device' ? parsed.uuid : null;
}
