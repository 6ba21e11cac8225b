import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Phone } from '../phone/phone.js';
import type { Simulator } from '../simulator.js';

export interface RouteRequest<Body> {
  readonly simulator: Simulator;
  readonly params: Partial<Record<string, string>>;
  readonly query: Partial<Record<string, string>>;
  readonly body: Body;
  readonly reply: FastifyReply;
}

/** One entry of the control API: what `GET /` lists and what answers. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly bodySchema: z.ZodType | undefined;
  readonly handle: (request: RouteRequest<unknown>) => unknown;
}

/** A failure that the caller can do something about. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function route<Schema extends z.ZodType>(
  method: Route['method'],
  path: string,
  summary: string,
  bodySchema: Schema,
  handle: (request: RouteRequest<z.infer<Schema>>) => unknown,
): Route {
  const parseAndHandle = (request: RouteRequest<unknown>): unknown =>
    handle({ ...request, body: bodySchema.parse(request.body ?? {}) });
  return { method, path, summary, bodySchema, handle: parseAndHandle };
}

export function bodiless(
  method: Route['method'],
  path: string,
  summary: string,
  handle: (request: RouteRequest<unknown>) => unknown,
): Route {
  return { method, path, summary, bodySchema: undefined, handle };
}

/** @throws ControlError 404 */
export function phoneOf({ simulator, params }: Pick<RouteRequest<unknown>, 'simulator' | 'params'>): Phone {
  const phone = simulator.phone(params['number'] ?? '');
  if (!phone) throw new ControlError(404, 'no phone with this number');
  return phone;
}

export const numberSchema = z.string().regex(/^\d{7,15}$/, 'digits with country code, no plus sign');
