import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import { z } from 'zod';
import type { Context } from '../../kernel/context.js';
import type { Device } from '../../modules/device/index.js';
import type { Message } from '../../modules/messaging/index.js';
import type { DoorApp } from '../door/door.js';
import type { DoorServices } from '../door/door-services.js';
import { fileOf, refusals } from '../door/door-words.js';
import { WagyError } from './wagy.dialect.js';
import { wagyErrors } from './wagy.errors.js';
import {
  DevicePath,
  MessageFilters,
  MessagePath,
  MessagesPage,
  MessagesQuery,
  MessageView,
  QueuedMessage,
  SendBody,
  success,
} from './wagy.schemas.js';
import { filterOf, messageView, requestOf } from './wagy.views.js';
import { WAGY_MESSAGE_STATUS } from './wagy.status.js';

const tags = ['Wagy'];

/** What ends a send: 402 and 503 cost nothing. */
const SEND_REFUSALS = [400, 401, 402, 404, 429, 500, 503] as const;

export function declareMessageRoutes(app: DoorApp, services: DoorServices): void {
  declareSending(app, services);
  declareReading(app, services);
}

function declareSending(app: DoorApp, services: DoorServices): void {
  app.post('/:device_id/send', {
    config: { access: 'message:send', budget: 'SEND' },
    schema: {
      tags,
      summary: 'Send single message',
      description: 'Enqueue a WhatsApp message for delivery through a specific device.',
      params: DevicePath,
      headers: z.looseObject({ 'idempotency-key': z.string().max(255).optional() }),
      body: SendBody,
      response: {
        200: success(QueuedMessage, 'Message queued'),
        ...refusals(WagyError, ...SEND_REFUSALS),
      },
    },
    handler: async ({ caller, device, headers, body }) => {
      const accepted = await services.messages.accept(caller, {
        ...requestOf(device.id, body),
        idempotencyKey: headers['idempotency-key'],
      });
      return queued(accepted.message);
    },
  });

  app.post('/:device_id/messages/:message_id/resend', {
    config: { access: 'message:send', budget: 'SEND' },
    schema: {
      tags,
      summary: 'Resend an EXPIRED message',
      description: 'As a new message, without an expiry.',
      params: MessagePath,
      response: {
        200: success(QueuedMessage, 'Message queued'),
        ...refusals(WagyError, ...SEND_REFUSALS, 409),
      },
    },
    handler: async ({ caller, device, params }) => {
      const message = await getMessage(services, caller, device, params.message_id);
      if (message.status !== 'EXPIRED') throw wagyErrors.MESSAGE_NOT_EXPIRED();
      return queued(await services.messages.retry(caller, message.id, 'REJECT'));
    },
  });
}

function declareReading(app: DoorApp, services: DoorServices): void {
  app.get('/:device_id/messages', {
    config: { access: 'message:read' },
    schema: {
      tags,
      summary: 'List messages',
      params: DevicePath,
      querystring: MessagesQuery,
      response: { 200: MessagesPage, ...refusals(WagyError, 400, 401, 404) },
    },
    handler: async ({ caller, device, query }) => {
      const { limit: first, cursor: after, ...filters } = query;
      const page = await services.messageReader.listSentPage(
        caller,
        device.id,
        { first, after },
        filterOf(filters),
      );
      return {
        status: 'success' as const,
        data: page.items.map(({ node }) => messageView(node)),
        next_cursor: page.hasNextPage ? (page.items.at(-1)?.cursor ?? null) : null,
        message: 'OK',
      };
    },
  });

  app.get('/:device_id/messages.csv', {
    config: { access: 'message:read' },
    schema: {
      tags,
      summary: 'Export messages as CSV',
      params: DevicePath,
      querystring: MessageFilters,
      response: {
        200: { description: 'All messages that match, newest first.', content: fileOf('text/csv') },
        ...refusals(WagyError, 400, 401, 404),
      },
    },
    handler: async ({ caller, device, query }, reply) => {
      const rows = services.messageReader.listSent(caller, device.id, filterOf(query));
      void reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="messages.csv"');
      return reply.send(csvOf(rows));
    },
  });

  app.get('/:device_id/messages/:message_id', {
    config: { access: 'message:read' },
    schema: {
      tags,
      summary: 'Read a message',
      params: MessagePath,
      response: { 200: success(MessageView, 'OK'), ...refusals(WagyError, 400, 401, 404) },
    },
    handler: async ({ caller, device, params }) => {
      const data = messageView(await getMessage(services, caller, device, params.message_id));
      return { status: 'success' as const, data, message: 'OK' };
    },
  });
}

async function getMessage(
  { messageReader }: DoorServices,
  caller: Context,
  device: Device,
  number: number,
): Promise<Message> {
  const message = await messageReader.findByNumber(caller, number);
  if (message?.deviceId !== device.id || message.direction !== 'OUTBOUND')
    throw wagyErrors.MESSAGE_NOT_FOUND();
  return message;
}

function queued(message: Message) {
  const data = {
    message_id: message.number,
    status: WAGY_MESSAGE_STATUS[message.status],
    // A device without allowance pays for its package, and nothing is counted.
    quota_type: message.quotaPool === 'FREE' ? ('free' as const) : ('pro' as const),
    remaining: message.quotaRemaining ?? -1,
  };
  return { status: 'success' as const, data, message: 'Message queued' };
}

/** A cell that a spreadsheet would take for a formula is escaped: whoever is written to has a say in the text. */
function csvOf(messages: AsyncIterable<Message>): Readable {
  const columns = Object.keys(MessageView.shape);
  async function* rows() {
    for await (const message of messages) yield messageView(message);
  }
  // An error in between ends the answer; there is nobody else to tell.
  return pipeline(
    Readable.from(rows()),
    stringify({ header: true, columns, escape_formulas: true }),
    () => undefined,
  );
}
