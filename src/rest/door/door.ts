import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Action } from '../../kernel/access.js';
import type { Context } from '../../kernel/context.js';
import type { Device } from '../../modules/device/index.js';
import { httpErrors } from '../../platform/http/http-errors.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Budget, DoorLimits } from './door-limits.js';
import { refusalOfDoor } from './refusal.js';
import type { Refusal } from './refusal.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set on every route of a door that is not public. */
    caller: Context;
    /** What the path names; set on every route of a door whose path names a device. */
    device: Device;
  }
  interface FastifyContextConfig {
    /** What the caller must be allowed to do, or why nobody is asked. Every route of a door says one. */
    access?: Action | { readonly public: string };
    /** Which of the caller's budgets a call costs; default READ for GET, else WRITE. */
    budget?: Budget;
  }
}

/** Where the routes of a door are declared: bodies and answers are zod schemas. */
export type DoorApp = ReturnType<typeof withZod>;

/** One product's REST interface below one prefix, in its own words. */
export interface Door {
  readonly prefix: string;
  /** Name of the security scheme in the OpenAPI document. */
  readonly security: string;
  /** Throws UNAUTHENTICATED when nobody may come in with what the request carries. */
  authenticate(request: FastifyRequest): Promise<Context>;
  /** Before anything else, and on public routes, too. */
  guard?(request: FastifyRequest): void;
  /** Before the body is read: whether the caller may have the device that the path names. */
  admit(request: FastifyRequest): Promise<void>;
  speak(refusal: Refusal, request: FastifyRequest): { readonly status: number; readonly body: object };
  declareRoutes(app: DoorApp): void;
}

/** Opens a door: nothing of it leaves in another shape than its schemas say, nothing wrong is answered in other words than its own. */
export async function openDoor(
  parent: FastifyInstance,
  door: Door,
  { limits, logger }: { readonly limits: DoorLimits; readonly logger: Logger },
): Promise<void> {
  await parent.register(
    async (scope) => {
      const app = withZod(scope);
      const refuse = async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
        const refusal = refusalOfDoor(error);
        if (refusal.status >= 500)
          logger.error({ err: error, requestId: request.id }, 'request of a door failed');
        const { retryAfterMs } = refusal.error.data;
        if (typeof retryAfterMs === 'number')
          void reply.header('retry-after', Math.ceil(retryAfterMs / 1_000));
        const { status, body } = door.speak(refusal, request);
        return reply.code(status).type('application/json; charset=utf-8').send(body);
      };
      app.setErrorHandler(refuse);
      app.setNotFoundHandler((request, reply) => refuse(httpErrors.ROUTE_NOT_FOUND(), request, reply));
      app.addHook('onRoute', (route) => describeRoute(route, door));
      app.addHook('onRequest', async (request, reply) => {
        void reply.header('cache-control', 'no-store');
        if (request.is404) return;
        door.guard?.(request);
        await admit(request, door, limits);
      });
      door.declareRoutes(app);
    },
    { prefix: door.prefix },
  );
}

function withZod(app: FastifyInstance) {
  return app
    .setValidatorCompiler(validatorCompiler)
    .setSerializerCompiler(serializerCompiler)
    .withTypeProvider<ZodTypeProvider>();
}

async function admit(request: FastifyRequest, door: Door, limits: DoorLimits): Promise<void> {
  const { access, budget } = request.routeOptions.config;
  if (typeof access !== 'string') return;
  await limits.refuseGuessers(request);
  try {
    request.caller = (await door.authenticate(request)).withIpAddress(request.ip);
  } catch (error) {
    if (refusalOfDoor(error).error.kind === 'UNAUTHENTICATED') await limits.countWrongToken(request);
    throw error;
  }
  await limits.countCall(budget ?? (request.method === 'GET' ? 'READ' : 'WRITE'), request.caller, request);
  await door.admit(request);
  request.caller = request.caller.for(access);
  // Undefined where the path names none.
  request.caller.require(access, (request.device as Device | undefined)?.subaccountId);
}

/** The boot fails for a route that does not say who may call it. */
function describeRoute(route: RouteOptions, door: Door): void {
  const access = route.config?.access;
  if (access === undefined)
    throw new Error(`${String(route.method)} ${route.url} does not say who may call it`);
  if (typeof access === 'string' && route.schema !== undefined) {
    Object.assign(route.schema, { security: [{ [door.security]: [] }] });
  }
}
