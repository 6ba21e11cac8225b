import type { FastifyRequest } from 'fastify';
import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import type { Device } from '../../modules/device/index.js';
import type { Door, DoorApp } from '../door/door.js';
import type { DoorServices } from '../door/door-services.js';
import { bearerOf, numberOf } from '../door/door-words.js';
import { declareDeviceRoutes } from './whatspie-device.routes.js';
import { declareMessageRoutes } from './whatspie-message.routes.js';
import { speakWhatspie } from './whatspie.dialect.js';
import { whatspieErrors } from './whatspie.errors.js';

/** Whatspie's interface, for API keys of one subaccount. */
export class WhatspieDoor implements Door {
  readonly prefix = '/whatspie';
  readonly security = 'apiKey';
  readonly speak = speakWhatspie;
  readonly #services: DoorServices;

  constructor(services: DoorServices) {
    this.#services = services;
  }

  async authenticate({ headers, id }: FastifyRequest): Promise<Context> {
    const token = bearerOf(headers.authorization);
    if (token === null) throw kernelErrors.TOKEN_MISSING();
    const caller = await this.#services.authenticator.authenticate(token, id);
    if (caller.actor.kind !== 'api_key') throw kernelErrors.TOKEN_INVALID();
    return caller;
  }

  async admit(request: FastifyRequest): Promise<void> {
    if (request.routeOptions.url?.startsWith('/whatspie/devices/:id') !== true) return;
    const { id } = request.params as { readonly id: string };
    request.device = await this.#findDevice(request.caller, id);
  }

  declareRoutes(app: DoorApp): void {
    declareDeviceRoutes(app, this.#services);
    declareMessageRoutes(app, this.#services);
  }

  async #findDevice(caller: Context, id: string): Promise<Device> {
    const number = numberOf(id);
    const device = number === null ? null : await this.#services.deviceReader.findBy(caller, { number });
    if (device !== null) return device;
    throw whatspieErrors.NUMBERED_DEVICE_NOT_FOUND({ message: `Device with ID ${id} does not exist` });
  }
}
