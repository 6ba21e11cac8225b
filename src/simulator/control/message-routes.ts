import { z } from 'zod';
import type { Phone } from '../phone/phone.js';
import { ControlError, numberSchema, phoneOf, route, type Route } from './route.js';

const to = numberSchema.describe('number of an account here');
const medium = {
  data: z.base64().min(1).describe('the file, base64'),
  mimetype: z.string().min(3),
  caption: z.string().optional(),
  fileName: z.string().optional(),
  transport: z.enum(['https', 'http']).optional(),
};

const messageSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('text'),
    to,
    text: z.string().min(1),
    id: z.string().min(1).optional(),
    addressing: z.enum(['pn', 'lid']).optional(),
  }),
  z.strictObject({ kind: z.literal('image'), to, ...medium }),
  z.strictObject({ kind: z.literal('video'), to, ...medium }),
  z.strictObject({ kind: z.literal('audio'), to, ...medium }),
  z.strictObject({ kind: z.literal('document'), to, ...medium }),
  z.strictObject({ kind: z.literal('sticker'), to, ...medium }),
  z.strictObject({
    kind: z.literal('reaction'),
    to,
    messageId: z.string().min(1),
    emoji: z.string(),
    own: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('edit'), to, messageId: z.string().min(1), text: z.string().min(1) }),
  z.strictObject({ kind: z.literal('deletion'), to, messageId: z.string().min(1) }),
  z.strictObject({ kind: z.literal('location'), to, latitude: z.number(), longitude: z.number() }),
  z.strictObject({ kind: z.literal('contact'), to, displayName: z.string().min(1), number: numberSchema }),
  z.strictObject({
    kind: z.literal('poll'),
    to,
    question: z.string().min(1),
    options: z.array(z.string()).min(2),
  }),
  z.strictObject({ kind: z.literal('status'), to, text: z.string().min(1) }),
  z.strictObject({
    kind: z.literal('newsletter'),
    to,
    text: z.string().min(1),
    newsletter: z.string().endsWith('@newsletter'),
  }),
  z.strictObject({ kind: z.literal('group'), group: z.string().endsWith('@g.us'), text: z.string().min(1) }),
]);

type MessageBody = z.infer<typeof messageSchema>;

export const messageRoutes: readonly Route[] = [
  route('POST', '/phones/:number/messages', 'send a message of any kind', messageSchema, async (request) => {
    const phone = phoneOf(request);
    const { body, simulator, reply } = request;
    if ('to' in body && !simulator.phone(body.to))
      throw new ControlError(404, 'the recipient has no account here');
    void reply.code(201);
    return send(phone, body);
  }),
  route(
    'POST',
    '/phones/:number/typing',
    'show or stop typing',
    z.strictObject({ to, typing: z.boolean() }),
    (request) => {
      phoneOf(request).setTyping(request.body.to, request.body.typing);
      return { typing: request.body.typing };
    },
  ),
  route(
    'POST',
    '/phones/:number/calls',
    'ring, and hang up after ringMs',
    z.strictObject({
      to,
      video: z.boolean().default(false),
      ringMs: z.number().int().min(0).max(60_000).default(1_000),
    }),
    ({ simulator, body, ...rest }) => {
      if (!simulator.phone(body.to)) throw new ControlError(404, 'the recipient has no account here');
      const call = phoneOf({ simulator, ...rest }).call(body.to, {
        video: body.video,
        hangUpAfterMs: body.ringMs,
      });
      return { id: call.id };
    },
  ),
  route(
    'POST',
    '/groups',
    'make a group of phones',
    z.strictObject({ subject: z.string().min(1), members: z.array(numberSchema).min(1) }),
    ({ simulator, body, reply }) => {
      const members = body.members.map((number) => phoneOf({ simulator, params: { number } }));
      void reply.code(201);
      return { jid: simulator.createGroup(body.subject, members).jid };
    },
  ),
];

function send(phone: Phone, body: MessageBody): Promise<{ id: string }> {
  switch (body.kind) {
    case 'text':
      return phone.sendText(body.to, body.text, {
        ...(body.id !== undefined && { id: body.id }),
        ...(body.addressing !== undefined && { addressing: body.addressing }),
      });
    case 'reaction':
      return phone.sendReaction(body.to, { id: body.messageId, own: body.own ?? false }, body.emoji);
    case 'edit':
      return phone.sendEdit(body.to, body.messageId, body.text);
    case 'deletion':
      return phone.sendDeletion(body.to, body.messageId);
    case 'location':
      return phone.sendLocation(body.to, body.latitude, body.longitude);
    case 'contact':
      return phone.sendContact(body.to, body.displayName, body.number);
    case 'poll':
      return phone.sendPoll(body.to, body.question, body.options);
    case 'status':
      return phone.sendStatus(body.to, body.text);
    case 'newsletter':
      return phone.sendNewsletter(body.to, body.newsletter, body.text);
    case 'group':
      return phone.sendGroupText(body.group, body.text);
    default:
      return sendMedium(phone, body);
  }
}

type MediumBody = Extract<MessageBody, { data: string }>;

function sendMedium(
  phone: Phone,
  { to: recipient, data, kind, mimetype, ...rest }: MediumBody,
): Promise<{ id: string }> {
  const { caption, fileName, transport } = rest;
  return phone.sendMedia(recipient, {
    kind,
    mimetype,
    data: Buffer.from(data, 'base64'),
    ...(caption !== undefined && { caption }),
    ...(fileName !== undefined && { fileName }),
    ...(transport !== undefined && { transport }),
  });
}
