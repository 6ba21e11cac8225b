import { validate as isUuid } from 'uuid';
import { kernelErrors } from '../../kernel/errors.js';
import type { DoorApp } from '../door/door.js';
import type { DoorServices } from '../door/door-services.js';
import { refusals } from '../door/door-words.js';
import { WapizError } from './wapiz.dialect.js';
import { MessageView, NewMessage } from './wapiz.schemas.js';

/** WAPIZ's own page on sending is not public; this takes the least that a message needs, and names the device as its pages say. */
export function declareMessageRoutes(app: DoorApp, { deviceReader, devices, messages }: DoorServices): void {
  app.post('/api/messages', {
    config: { access: 'message:send', budget: 'SEND' },
    schema: {
      tags: ['WAPIZ'],
      summary: 'Send a message',
      description: 'It is queued; while the device is offline it waits.',
      body: NewMessage,
      response: { 201: MessageView, ...refusals(WapizError, 400, 401, 402, 403, 404, 409, 429, 500) },
    },
    handler: async ({ caller, body }, reply) => {
      if (!isUuid(body.deviceId)) throw kernelErrors.NOT_FOUND();
      const device =
        (await deviceReader.findBy(caller, { sendingId: body.deviceId })) ??
        (await devices.get(caller, body.deviceId));
      const { message } = await messages.accept(caller, {
        deviceId: device.id,
        to: body.to,
        text: body.message,
      });
      void reply.code(201);
      return { id: message.id, deviceId: device.sendingId, status: message.status.toLowerCase() };
    },
  });
}
