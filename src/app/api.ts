import type { FastifyInstance } from 'fastify';
import { EventTypes } from '../graphql/kit/event.types.js';
import { ObjectChangedType } from '../graphql/root/event.types.js';
import { buildApi } from '../graphql/schema.js';
import { GraphqlServer } from '../graphql/server.js';
import { proxyTrust } from '../platform/http/client-address.js';
import { CostBudget } from '../platform/rate-limit/cost-budget.js';
import { registerBulk } from '../rest/bulk.js';
import { registerDoors } from '../rest/doors.js';
import { registerHooks } from '../rest/hooks.js';
import { registerMedia } from '../rest/media.js';
import { registerQr } from '../rest/qr.js';
import { registerUsage } from '../rest/usage.js';
import type { Infrastructure } from './infrastructure.js';
import { createResolvers } from './resolvers.js';
import type { Services } from './services.js';

/** Everything that a caller reaches: the GraphQL endpoint, and the doors beside it. */
export async function registerApi(
  http: FastifyInstance,
  { config, database, broker, hints, logger }: Infrastructure,
  services: Services,
): Promise<GraphqlServer> {
  const eventTypes = new EventTypes((event) => new ObjectChangedType(event));
  const api = await buildApi(createResolvers(services, eventTypes), eventTypes);
  registerMedia(http, services.mediaLinks);
  registerHooks(http, services.automationHooks);
  registerQr(http, services.qrLinks);
  await registerDoors(http, services, {
    logger,
    limiterOf: broker.rateLimiter,
    allowedOrigins: config.http.allowedOrigins,
  });
  registerUsage(http, services.usageExport);
  await registerBulk(http, services.bulkFiles);
  return GraphqlServer.register(
    http,
    {
      api,
      authenticate: (token, requestId) => services.authenticator.authenticate(token, requestId),
      openReads: (ctx) => database.openReads(ctx),
      logger,
      budget: new CostBudget(config.apiCostPerMinute, broker.rateLimiter),
    },
    { hints, allowedOrigins: config.http.allowedOrigins, trust: proxyTrust(config.http.trustProxy) },
  );
}
