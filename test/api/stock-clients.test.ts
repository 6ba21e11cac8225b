import type { TypedDocumentNode } from '@apollo/client';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
let device: SeededDevice;
beforeAll(async () => {
  server = await startTestServer();
  device = await seed(server).agency().subaccount().device({ connected: true });
});
afterAll(() => server.stop());

it('a stock Apollo client sends over HTTP and follows over a websocket, with its cache', async () => {
  const { api, id: subaccountId } = device.subaccount;
  const sockets = api.openSocket();
  const headers = { authorization: `Bearer ${api.token ?? ''}` };
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(sockets),
      new HttpLink({ uri: server.url, headers }),
    ),
  });
  interface Changed {
    readonly messageStatusChanged: { readonly status: string; readonly message: { readonly id: string } };
  }
  const changed: TypedDocumentNode<Changed> = gql(`subscription ($subaccountId: ID!, $after: EventCursor) {
    messageStatusChanged(subaccountId: $subaccountId, after: $after) { status message { id status } } }`);
  const statuses: string[] = [];
  const after = await cursorOf(device.subaccount);
  const subscription = client
    .subscribe({ query: changed, variables: { subaccountId, after } })
    .subscribe(({ data }) => {
      if (data != null) statuses.push(data.messageStatusChanged.status);
    });

  const send: TypedDocumentNode<{ sendMessage: { message: { id: string; status: string } } }> = gql(
    `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id status } } }`,
  );
  const to = server.simulator.createPhone().number;
  const { data } = await client.mutate({
    mutation: send,
    variables: { input: { deviceId: device.id, to, text: 'hi' } },
  });
  expect(data?.sendMessage.message.status).toBe('PENDING');
  await eventually(() => statuses).toEqual(['SENDING', 'SENT', 'DELIVERED', 'READ']);

  // The subscription has kept the cache up to date: this asks nobody.
  const cached: TypedDocumentNode<{ status: string }> = gql('fragment Status on Message { status }');
  const id = client.cache.identify({ __typename: 'Message', id: data?.sendMessage.message.id }) ?? '';
  expect(client.cache.readFragment({ id, fragment: cached })?.status).toBe('READ');
  subscription.unsubscribe();
  client.stop();
  await sockets.dispose();
});

it('a stock graphql-ws client runs queries and mutations on the socket too', async () => {
  const sockets = device.api.openSocket();
  const query = 'mutation ($input: UpdateDeviceInput!) { updateDevice(input: $input) { device { label } } }';
  const variables = { input: { deviceId: device.id, label: 'Front desk' } };
  const results: unknown[] = [];
  for await (const { data } of sockets.iterate({ query, variables })) results.push(data);
  expect(results).toEqual([{ updateDevice: { device: { label: 'Front desk' } } }]);
  await sockets.dispose();
});

it('plain fetch needs a token in a header and nothing else', async () => {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${device.token}` },
    body: JSON.stringify({ query: '{ viewer { kind } }' }),
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ data: { viewer: { kind: 'DEVICE_TOKEN' } } });
});
