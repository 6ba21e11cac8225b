import { FAULT_POINTS, faultRuleSchema } from '../faults/fault-rule.js';
import { bodiless, ControlError, route, type Route, type RouteRequest } from './route.js';

export const observationRoutes: readonly Route[] = [
  bodiless('GET', '/connect', 'what a client needs to connect', ({ simulator }) => ({
    waWebSocketUrl: simulator.url,
    mediaHost: simulator.mediaHost,
    mediaHttpUrl: simulator.mediaHttpUrl,
    caCertificate: 'GET /ca.pem',
  })),
  bodiless('GET', '/ca.pem', 'the certificate authority of the media server', ({ simulator, reply }) => {
    void reply.type('application/x-pem-file');
    return simulator.caCertificatePem;
  }),
  bodiless('GET', '/problems', 'unknown requests and malformed frames so far', ({ simulator }) => ({
    unknownIqs: simulator.unknownIqs,
    problems: simulator.problems.map(String),
  })),
  bodiless('GET', '/ledger', 'every stanza; ?tag= ?number= ?id= ?direction= narrow it', (request) =>
    request.simulator.ledger.entries().filter((entry) => {
      const { tag, number, id, direction } = request.query;
      return (
        (tag === undefined || entry.tag === tag) &&
        (number === undefined || entry.accountNumber === number) &&
        (id === undefined || entry.id === id) &&
        (direction === undefined || entry.direction === direction)
      );
    }),
  ),
  bodiless('GET', '/ledger/sent', 'messages as customers see them; ?number= ?to= ?id=', sent),
  bodiless('GET', '/ledger/connections', 'logins, with close times and reasons', ({ simulator }) =>
    simulator.ledger.connections(),
  ),
  bodiless(
    'GET',
    '/ledger/reused-keys',
    'Signal keys used for two plaintexts: must be empty',
    ({ simulator }) => simulator.ledger.reusedKeys(),
  ),
  bodiless('DELETE', '/ledger', 'forget the stanzas so far', ({ simulator }) => {
    simulator.ledger.forget();
    return { forgotten: true };
  }),
  bodiless('GET', '/faults', 'the points with their actions, and the rules in force', ({ simulator }) => ({
    points: FAULT_POINTS,
    rules: simulator.faults.list(),
  })),
  route('POST', '/faults', 'put a fault rule in force', faultRuleSchema, ({ simulator, body, reply }) => {
    void reply.code(201);
    return simulator.faults.add(body);
  }),
  bodiless('DELETE', '/faults', 'no more faults', ({ simulator }) => {
    simulator.faults.clear();
    return { cleared: true };
  }),
  bodiless('DELETE', '/faults/:id', 'take one rule out of force', ({ simulator, params }) => {
    if (!simulator.faults.remove(params['id'] ?? '')) throw new ControlError(404, 'no such rule');
    return { removed: params['id'] };
  }),
];

function sent({ simulator, query }: RouteRequest<unknown>): unknown {
  return simulator.ledger.sent({
    ...(query['number'] !== undefined && { accountNumber: query['number'] }),
    ...(query['to'] !== undefined && { to: query['to'] }),
    ...(query['id'] !== undefined && { id: query['id'] }),
  });
}
