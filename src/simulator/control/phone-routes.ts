import { z } from 'zod';
import { replyBehaviourSchema } from '../phone/reply-behaviour.js';
import { breakActionSchema } from '../faults/fault-rule.js';
import type { LinkedDevice } from '../state/linked-device.js';
import {
  bodiless,
  ControlError,
  numberSchema,
  phoneOf,
  route,
  type Route,
  type RouteRequest,
} from './route.js';
import { deviceView, messageView, phoneView } from './views.js';

const delay = z.number().int().min(0).max(600_000);

const newPhoneSchema = z.strictObject({
  number: numberSchema.optional(),
  name: z.string().min(1).optional(),
  business: z.boolean().optional(),
  verifiedName: z.string().min(1).optional(),
  online: z.boolean().optional(),
  readAfterMs: delay.nullable().optional(),
  replies: replyBehaviourSchema.optional(),
});

const habitsSchema = z.strictObject({
  online: z.boolean().optional(),
  readAfterMs: delay.nullable().optional(),
  replies: replyBehaviourSchema.nullable().optional(),
  banned: z.boolean().optional(),
  reachoutTimelock: z
    .strictObject({ endsInSeconds: z.number().int().min(1), type: z.string().optional() })
    .nullable()
    .optional(),
});

const qrSchema = z.string().min(20, 'the whole text of the QR code');

export const phoneRoutes: readonly Route[] = [
  bodiless('GET', '/phones', 'all phones', ({ simulator }) => simulator.phones.map(phoneView)),
  route('POST', '/phones', 'make an account with a phone', newPhoneSchema, ({ simulator, body, reply }) => {
    if (body.number !== undefined && simulator.phone(body.number))
      throw new ControlError(409, 'the number is taken');
    void reply.code(201);
    return phoneView(simulator.createPhone(defined(body)));
  }),
  bodiless('GET', '/phones/:number', 'one phone with its linked devices', (request) =>
    phoneView(phoneOf(request)),
  ),
  route(
    'PATCH',
    '/phones/:number',
    'change habits: online, reading, replies, ban, time-lock',
    habitsSchema,
    (request) => {
      changeHabits(request);
      return phoneView(phoneOf(request));
    },
  ),
  route(
    'POST',
    '/qr',
    'a phone scans the text of a QR code: the given one, or the first without linked devices',
    z.strictObject({ qr: qrSchema, number: numberSchema.optional() }),
    async ({ simulator, body }) => {
      if (body.number !== undefined && !simulator.phone(body.number))
        throw new ControlError(404, 'no such phone');
      return deviceView(await simulator.scan(body.qr, body.number));
    },
  ),
  route(
    'POST',
    '/phones/:number/code',
    'type a pairing code on this phone',
    z.strictObject({ code: z.string().regex(/^[A-Z0-9]{4}-?[A-Z0-9]{4}$/, 'eight letters or digits') }),
    async (request) => deviceView(await phoneOf(request).enterCode(request.body.code)),
  ),
  bodiless('GET', '/phones/:number/messages', 'what the phone received', (request) =>
    phoneOf(request).inbox.map(messageView),
  ),
  bodiless('GET', '/phones/:number/own-messages', 'what the linked devices of the account sent', (request) =>
    phoneOf(request).ownMessages.map(messageView),
  ),
  route(
    'POST',
    '/phones/:number/read',
    'read a received message now',
    z.strictObject({ id: z.string().min(1) }),
    (request) => {
      if (!phoneOf(request).markRead(request.body.id))
        throw new ControlError(404, 'no such message of a linked device');
      return { read: request.body.id };
    },
  ),
  route(
    'POST',
    '/phones/:number/read-chat',
    'open a chat on this phone: what is new of that number is read',
    z.strictObject({ of: numberSchema }),
    (request) => ({ read: phoneOf(request).readChat(request.body.of) }),
  ),
  bodiless(
    'DELETE',
    '/phones/:number/devices/:device',
    'remove a linked device (401 device_removed)',
    (request) => {
      phoneOf(request).unlink(deviceOf(request));
      return { removed: true };
    },
  ),
  route(
    'POST',
    '/phones/:number/devices/:device/disrupt',
    'do something to the live connection: close, reset, freeze, garbage, streamEnd, streamError',
    breakActionSchema,
    (request) => {
      if (!deviceOf(request).disrupt(request.body))
        throw new ControlError(409, 'the device is not connected');
      return { disrupted: true };
    },
  ),
];

function changeHabits(request: RouteRequest<z.infer<typeof habitsSchema>>): void {
  const phone = phoneOf(request);
  const { online, readAfterMs, replies, banned, reachoutTimelock } = request.body;
  if (readAfterMs !== undefined) phone.setReadAfter(readAfterMs);
  if (replies !== undefined) phone.setReplies(replies ?? undefined);
  if (online === true) phone.goOnline();
  if (online === false) phone.goOffline();
  if (banned !== undefined) phone.setBanned(banned);
  if (reachoutTimelock !== undefined)
    phone.setReachoutTimelock(reachoutTimelock && defined(reachoutTimelock));
}

function deviceOf(request: Pick<RouteRequest<unknown>, 'simulator' | 'params'>): LinkedDevice {
  const id = Number(request.params['device']);
  const device = phoneOf(request).devices.find((each) => each.id === id);
  if (!device) throw new ControlError(404, 'no such linked device');
  return device;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** zod says `undefined` where our options say "absent". */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Defined<T>;
}
