import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { VERSION } from '../kernel/version.js';
import type { Logger } from '../platform/logging/logger.js';
import type { MakeRateLimiter } from '../platform/rate-limit/cost-budget.js';
import { openDoor } from './door/door.js';
import { DoorLimits } from './door/door-limits.js';
import type { DoorServices } from './door/door-services.js';
import { WagyDoor } from './wagy/wagy.door.js';
import { WapizDoor } from './wapiz/wapiz.door.js';
import { WhatspieDoor } from './whatspie/whatspie.door.js';

const DESCRIPTION =
  'Interfaces of other products, kept so that their clients need another base URL only. Everything is also in the GraphQL API at `/graphql`, and more.';

const SECURITY_SCHEMES = {
  wagyToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The API token of the device, also as `X-API-Key`; an API key of its subaccount where said.',
  },
  waToken: { type: 'apiKey', in: 'cookie', name: 'wa_token', description: 'Set by login and register.' },
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of one subaccount.' },
} as const;

/** `/wagy`, `/whatspie` and `/wapiz`, with their description at `/openapi.json` and, for people, at `/docs`. */
export async function registerDoors(
  app: FastifyInstance,
  services: DoorServices,
  {
    logger,
    limiterOf,
    allowedOrigins,
  }: {
    readonly logger: Logger;
    readonly limiterOf: MakeRateLimiter;
    readonly allowedOrigins: readonly string[];
  },
): Promise<void> {
  await app.register(async (scope) => {
    await scope.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'Trunkline REST', version: VERSION, description: DESCRIPTION },
        tags: [
          { name: 'Wagy', description: 'Below `/wagy`, for devices with their own token.' },
          { name: 'Whatspie', description: 'Below `/whatspie`, for API keys of one subaccount.' },
          { name: 'WAPIZ', description: 'Below `/wapiz`, for people who log in.' },
        ],
        components: { securitySchemes: SECURITY_SCHEMES },
      },
      transform: jsonSchemaTransform,
      transformObject: jsonSchemaTransformObject,
    });
    const limits = new DoorLimits(limiterOf);
    const doors = [
      new WagyDoor(services),
      new WhatspieDoor(services),
      new WapizDoor(services, { limits, allowedOrigins }),
    ];
    for (const door of doors) {
      await openDoor(scope, door, { limits, logger });
    }
    await describeDoors(scope);
  });
}

/** The page comes with all that it needs, and its policy lets nothing else in. */
async function describeDoors(scope: FastifyInstance): Promise<void> {
  scope.get('/openapi.json', { schema: { hide: true } }, () => scope.swagger());
  await scope.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
}
