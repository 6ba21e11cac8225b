import type { FastifyRequest } from 'fastify';
import type { Context } from '../../kernel/context.js';
import type { DoorApp } from '../door/door.js';
import type { DoorLimits } from '../door/door-limits.js';
import type { DoorServices } from '../door/door-services.js';
import { refusals } from '../door/door-words.js';
import { expiredCookie, sessionCookie } from './wapiz-cookie.js';
import { WapizAccounts } from './wapiz-accounts.js';
import { WapizError } from './wapiz.dialect.js';
import { Account, Credentials, Ok, Registration } from './wapiz.schemas.js';

const tags = ['WAPIZ'];

export function declareAccountRoutes(app: DoorApp, services: DoorServices, limits: DoorLimits): void {
  const accounts = new WapizAccounts(services);
  declareEntry(app, services, { accounts, limits });

  app.post('/api/auth/logout', {
    config: { access: 'device:read' },
    schema: { tags, summary: 'Log out', response: { 200: Ok, ...refusals(WapizError, 401, 403) } },
    handler: async (request, reply) => {
      await services.logins.logOut(request.caller);
      void reply.header('set-cookie', expiredCookie(isSecure(request)));
      return { ok: true as const };
    },
  });

  app.get('/api/auth/me', {
    config: { access: 'device:read' },
    schema: {
      tags,
      summary: 'Who is logged in',
      response: { 200: Account, ...refusals(WapizError, 401, 403) },
    },
    handler: ({ caller }) => accounts.of(caller),
  });
}

function declareEntry(
  app: DoorApp,
  services: DoorServices,
  { accounts, limits }: { readonly accounts: WapizAccounts; readonly limits: DoorLimits },
): void {
  const anonymous = async (request: FastifyRequest): Promise<Context> =>
    (await services.authenticator.authenticate(null, request.id)).withIpAddress(request.ip);

  app.post('/api/auth/register', {
    config: { access: { public: 'it is how a person gets an account, where that is allowed' } },
    schema: {
      tags,
      summary: 'Register',
      description: 'Only where the operator set SIGNUP_AGENCY. Sets the cookie `wa_token`.',
      body: Registration,
      response: { 201: Account, ...refusals(WapizError, 400, 403, 409, 429) },
    },
    handler: async (request, reply) => {
      await limits.countNewAccount(request);
      const { token, expiresAt } = await services.signUps.signUp(await anonymous(request), request.body);
      const account = await accounts.of(await services.authenticator.authenticate(token, request.id));
      void reply.code(201).header('set-cookie', sessionCookie(token, expiresAt, isSecure(request)));
      return account;
    },
  });

  app.post('/api/auth/login', {
    config: { access: { public: 'it is how a person gets a session' } },
    schema: {
      tags,
      summary: 'Log in',
      description: 'Sets the cookie `wa_token`.',
      body: Credentials,
      response: { 200: Account, ...refusals(WapizError, 400, 401, 403, 429) },
    },
    handler: async (request, reply) => {
      const started = await services.logins.logIn(await anonymous(request), request.body, request.ip);
      const { token, expiresAt } = started;
      const account = await accounts.of(await services.authenticator.authenticate(token, request.id));
      void reply.header('set-cookie', sessionCookie(token, expiresAt, isSecure(request)));
      return account;
    },
  });
}

const isSecure = (request: FastifyRequest): boolean => request.protocol === 'https';
