import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

type Facts = Record<string, unknown>;

async function upsert(place: SeededSubaccount, phoneNumber: string, facts: Facts = {}): Promise<string> {
  const input = { subaccountId: place.id, phoneNumber, ...facts };
  return (await place.api.mutate<{ contact: { id: string } }>('upsertContact', input, 'contact { id }'))
    .contact.id;
}

async function addField({ id, api }: SeededSubaccount, key: string, type: string, more: Facts = {}) {
  const input = { subaccountId: id, key, type, ...more };
  return (
    await api.mutate<{ contactField: { id: string } }>('createContactField', input, 'contactField { id }')
  ).contactField.id;
}

async function valuesOf({ api }: SeededSubaccount, id: string): Promise<Record<string, string>> {
  const query = 'query ($id: ID!) { contact(id: $id) { fields { value field { key } } } }';
  const { contact } = await api.ask<{ contact: { fields: { value: string; field: { key: string } }[] } }>(
    query,
    { id },
  );
  return Object.fromEntries(contact.fields.map(({ field, value }) => [field.key, value]));
}

async function listed({ id, api }: SeededSubaccount, fields: object[]): Promise<string[]> {
  const query = `query ($id: ID!, $fields: [ContactFieldFilter!]) {
    subaccount(id: $id) { contacts(filter: { fields: $fields }) { nodes { id } } } }`;
  const { subaccount } = await api.ask<{ subaccount: { contacts: { nodes: { id: string }[] } } }>(query, {
    id,
    fields,
  });
  return subaccount.contacts.nodes.map((node) => node.id);
}

describe('contact fields', () => {
  it('hold what their type says, in one form, and refuse everything else by name', async () => {
    const place = await seed(server).agency().subaccount();
    await addField(place, 'company', 'TEXT');
    await addField(place, 'revenue', 'NUMBER');
    await addField(place, 'client', 'BOOLEAN');
    await addField(place, 'since', 'DATE');
    await addField(place, 'size', 'SELECT', { options: ['Small', 'Large'] });
    const said = (values: Record<string, string | null>) =>
      Object.entries(values).map(([key, value]) => ({ key, value }));
    const contactId = await upsert(place, '6281500000001', {
      fields: said({
        company: ' Atap ',
        revenue: '1250.50',
        client: 'YES',
        since: '2027-01-31',
        size: 'large',
      }),
    });
    expect(await valuesOf(place, contactId)).toEqual({
      company: 'Atap',
      revenue: '1250.5',
      client: 'true',
      since: '2027-01-31',
      size: 'Large',
    });
    const { version } = (
      await place.api.ask<{ contact: { version: number } }>(
        'query ($id: ID!) { contact(id: $id) { version } }',
        { id: contactId },
      )
    ).contact;
    const wrong = await place.api.mutationRefusal('updateContact', {
      contactId,
      version,
      fields: said({ revenue: '12 k', client: 'maybe', since: '2027-02-30', size: 'Medium', colour: 'red' }),
    });
    expect(wrong.fields).toEqual([
      'input.fields.0.value',
      'input.fields.1.value',
      'input.fields.2.value',
      'input.fields.3.value',
      'input.fields.4.key',
    ]);
    await place.api.mutate(
      'updateContact',
      { contactId, version, fields: said({ client: null }) },
      '__typename',
    );
    expect(await valuesOf(place, contactId)).not.toHaveProperty('client');
  });

  it('find contacts by a value, and by ranges of numbers and days', async () => {
    const place = await seed(server).agency().subaccount();
    await addField(place, 'revenue', 'NUMBER');
    await addField(place, 'since', 'DATE');
    const of = (revenue: string, since: string) => ({
      fields: [
        { key: 'revenue', value: revenue },
        { key: 'since', value: since },
      ],
    });
    const small = await upsert(place, '6281500000011', of('9', '2026-01-01'));
    const middle = await upsert(place, '6281500000012', of('100', '2026-06-01'));
    const large = await upsert(place, '6281500000013', of('1000', '2027-01-01'));
    expect(await listed(place, [{ key: 'revenue', equals: '100.0' }])).toEqual([middle]);
    expect(await listed(place, [{ key: 'revenue', from: '9.5' }])).toEqual([middle, large]);
    expect(await listed(place, [{ key: 'since', from: '2026-01-01', to: '2026-06-01' }])).toEqual([
      small,
      middle,
    ]);
    expect(
      await listed(place, [
        { key: 'revenue', from: '50' },
        { key: 'since', to: '2026-12-31' },
      ]),
    ).toEqual([middle]);
  });

  it('keep the options that contacts have, and take their values with them when they go', async () => {
    const place = await seed(server).agency().subaccount();
    const contactFieldId = await addField(place, 'size', 'SELECT', { options: ['S', 'M', 'L'] });
    const contactId = await upsert(place, '6281500000021', { fields: [{ key: 'size', value: 'M' }] });
    const refused = await place.api.mutationRefusal('updateContactField', {
      contactFieldId,
      options: ['S', 'L'],
    });
    expect(refused.fields).toEqual(['input.options']);
    await place.api.mutate('updateContactField', { contactFieldId, options: ['M', 'L'] }, '__typename');
    const twice = { subaccountId: place.id, key: 'size', type: 'TEXT' };
    expect(await place.api.mutationRefusal('createContactField', twice)).toMatchObject({
      reason: 'CONTACT_FIELD_EXISTS',
    });
    await place.api.mutate('deleteContactField', { contactFieldId }, '__typename');
    expect(await valuesOf(place, contactId)).toEqual({});
  });
});

describe('notes', () => {
  it('are changed by who wrote them, newest first, and deleted by who may delete contacts', async () => {
    const place = await seed(server).agency().subaccount();
    const contactId = await upsert(place, '6281500000031');
    const { sessionToken } = await place.api.mutate<{ sessionToken: string }>(
      'logIn',
      { email: place.agency.ownerEmail, password: place.agency.ownerPassword },
      'sessionToken',
    );
    const owner = place.api.as(sessionToken);
    const add = async (api: typeof owner, body: string): Promise<string> =>
      (
        await api.mutate<{ contactNote: { id: string } }>(
          'addContactNote',
          { contactId, body },
          'contactNote { id }',
        )
      ).contactNote.id;
    await add(place.api, 'likes roofs');
    const own = await add(owner, 'is in a hurry');
    const query = 'query ($id: ID!) { contact(id: $id) { notes { nodes { body authorId } } } }';
    const { contact } = await owner.ask<{ contact: object }>(query, { id: contactId });
    expect(contact).toEqual({
      notes: {
        nodes: [
          { body: 'is in a hurry', authorId: expect.stringMatching(/^usr_/) as string },
          { body: 'likes roofs', authorId: null },
        ],
      },
    });
    const change = { contactNoteId: own, body: 'has time' };
    expect(await place.api.mutationRefusal('updateContactNote', change)).toMatchObject({
      reason: 'NOTE_OF_SOMEBODY_ELSE',
    });
    await owner.mutate('updateContactNote', change, '__typename');
    await place.api.mutate('deleteContactNote', { contactNoteId: own }, '__typename');
  });
});

describe('words of people who want no messages', () => {
  it('opt them out and in again, also words that the subaccount chose, and nothing else does', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    const person = server.simulator.createPhone();
    const optedOut = async (): Promise<boolean> => {
      const query = `query ($id: ID!, $phone: PhoneNumber) {
        subaccount(id: $id) { contacts(filter: { phoneNumber: $phone }) { nodes { optedOutAt } } } }`;
      const { subaccount } = await place.api.ask<{
        subaccount: { contacts: { nodes: { optedOutAt: string | null }[] } };
      }>(query, { id: place.id, phone: person.number });
      return subaccount.contacts.nodes[0]?.optedOutAt != null;
    };
    const says = async (text: string): Promise<boolean> => {
      await person.sendText(device.phone.number, text);
      await device.messageWith(text);
      return optedOut();
    };
    expect(await says('please stop by tomorrow')).toBe(false);
    expect(await says(' STOP! ')).toBe(true);
    expect(await says('what else do you sell?')).toBe(true);
    expect(await says('Start')).toBe(false);
    const optOutWords = ['Nicht mehr', 'ZATÍM DOST'];
    await place.api.mutate('updateContactSettings', { subaccountId: place.id, optOutWords }, '__typename');
    expect(await says('stop')).toBe(false);
    expect(await says('nicht  mehr.')).toBe(true);
    await person.sendText(device.phone.number, 'start 🙂');
    await eventually(optedOut).toBe(false);
    expect(await says('zatím dost')).toBe(true);
  });
});

describe('duplicates', () => {
  it('are found by name and by a field, and merged with everything they had', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    await addField(place, 'email', 'TEXT');
    await addField(place, 'city', 'TEXT');
    const person = server.simulator.createPhone({ name: 'Ani  Wijaya' });
    await person.sendText(device.phone.number, 'hello');
    const { conversation } = await device.messageWith('hello');
    const contactId = conversation.contact?.id ?? '';
    const twin = await upsert(place, '6281500000041', {
      name: 'ani wijaya ',
      tags: ['vip'],
      fields: [
        { key: 'email', value: 'ani@example.com' },
        { key: 'city', value: 'Bandung' },
      ],
    });
    await upsert(place, '6281500000042', {
      name: 'Budi',
      fields: [{ key: 'email', value: 'ani@example.com' }],
    });
    await place.api.mutate('addContactNote', { contactId: twin, body: 'likes roofs' }, '__typename');
    await place.api.mutate('optOutContact', { contactId: twin }, '__typename');
    const { pipeline } = await place.api.mutate<{ pipeline: { id: string } }>(
      'createPipeline',
      { subaccountId: place.id },
      'pipeline { id }',
    );
    await place.api.mutate(
      'createDeal',
      { pipelineId: pipeline.id, title: 'Roof', contactId: twin },
      '__typename',
    );
    const query = `query ($id: ID!) { subaccount(id: $id) {
      byName: contactDuplicates { nodes { value count contacts { id } } }
      byEmail: contactDuplicates(fieldKey: "email") { nodes { value count } } } }`;
    const found = async () =>
      (await place.api.ask<{ subaccount: object }>(query, { id: place.id })).subaccount;
    expect(await found()).toEqual({
      byName: { nodes: [{ value: 'ani wijaya', count: 2, contacts: [{ id: contactId }, { id: twin }] }] },
      byEmail: { nodes: [{ value: 'ani@example.com', count: 2 }] },
    });
    await place.api.mutate('mergeContacts', { contactId, mergeContactId: twin }, '__typename');
    const merged = await place.api.ask<{ contact: object }>(
      `query ($id: ID!) { contact(id: $id) { id tags optedOutAt notes { nodes { body } } fields { value }
        conversations { nodes { id } } deals { nodes { title } }
        merges { mergedContactId mergedName mergedPhoneNumber cause } } }`,
      { id: twin },
    );
    expect(merged.contact).toEqual({
      id: contactId,
      tags: ['vip'],
      optedOutAt: expect.any(String) as string,
      notes: { nodes: [{ body: 'likes roofs' }] },
      fields: [{ value: 'ani@example.com' }, { value: 'Bandung' }],
      conversations: { nodes: [{ id: conversation.id }] },
      deals: { nodes: [{ title: 'Roof' }] },
      merges: [
        {
          mergedContactId: twin,
          mergedName: 'ani wijaya',
          mergedPhoneNumber: '6281500000041',
          cause: 'PERSON',
        },
      ],
    });
    expect(await found()).toMatchObject({ byName: { nodes: [] } });
    const deleted = await place.api.mutationRefusal('deleteContact', { contactId });
    expect(deleted).toMatchObject({ reason: 'CONTACT_IN_USE' });
  });

  it('that nobody wrote to can be deleted', async () => {
    const place = await seed(server).agency().subaccount();
    const contactId = await upsert(place, '6281500000051', { tags: ['old'] });
    await place.api.mutate('deleteContact', { contactId }, '__typename');
    expect(
      await place.api.refusal('query ($id: ID!) { contact(id: $id) { id } }', { id: contactId }),
    ).toMatchObject({ reason: 'NOT_FOUND' });
    expect(await upsert(place, '6281500000051')).not.toBe(contactId);
  });
});
