import type { Context } from '../../kernel/context.js';
import type { Device } from '../../modules/device/index.js';
import type { DoorApp } from '../door/door.js';
import type { DoorServices } from '../door/door-services.js';
import { numberOf, refusals } from '../door/door-words.js';
import { WhatspieError } from './whatspie.dialect.js';
import { whatspieErrors } from './whatspie.errors.js';
import { IdPath, MessageView, NewMessage, success } from './whatspie.schemas.js';
import { messageView } from './whatspie.views.js';

const tags = ['Whatspie'];

export function declareMessageRoutes(app: DoorApp, services: DoorServices): void {
  app.post('/messages', {
    config: { access: 'message:send', budget: 'SEND' },
    schema: {
      tags,
      summary: 'Send a message',
      description: 'It is queued; while the device is offline it waits.',
      body: NewMessage,
      response: {
        200: success(MessageView),
        ...refusals(WhatspieError, 400, 401, 402, 403, 404, 409, 429, 500),
      },
    },
    handler: async ({ caller, body }) => {
      const device = await findSender(services, caller, String(body.device));
      const { message } = await services.messages.accept(caller, {
        deviceId: device.id,
        to: body.receiver,
        text: body.params.text,
      });
      return { status: 200 as const, message: 'OK' as const, data: messageView(message, device) };
    },
  });

  app.get('/messages/:id', {
    config: { access: 'message:read' },
    schema: {
      tags,
      summary: 'Get a message',
      params: IdPath,
      response: { 200: success(MessageView), ...refusals(WhatspieError, 401, 403, 404) },
    },
    handler: async ({ caller, params: { id } }) => {
      const number = numberOf(id);
      const message = number === null ? null : await services.messageReader.findByNumber(caller, number);
      const [device] =
        message === null ? [] : await services.messageReader.findDevices(caller, [message.deviceId]);
      if (message?.direction !== 'OUTBOUND' || device === undefined) {
        throw whatspieErrors.NUMBERED_MESSAGE_NOT_FOUND({ message: `Message with ID ${id} does not exist` });
      }
      return { status: 200 as const, message: 'OK' as const, data: messageView(message, device) };
    },
  });
}

/** Whatspie names a device by its phone number; the integer id will do as well. */
async function findSender({ deviceReader }: DoorServices, caller: Context, name: string): Promise<Device> {
  const number = numberOf(name);
  const device =
    (await deviceReader.findBy(caller, { phoneNumber: name.replace(/^\+/, '') })) ??
    (number === null ? null : await deviceReader.findBy(caller, { number }));
  if (device !== null) return device;
  throw whatspieErrors.NUMBERED_DEVICE_NOT_FOUND({ message: `Device ${name} does not exist` });
}
