import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

interface Operation {
  readonly id: string;
  readonly status: string;
  readonly failure: string | null;
  readonly total: number | null;
  readonly processed: number;
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
  readonly errorReportUrl: string | null;
  readonly contactsUrl: string | null;
}

const SHOWN = 'id status failure total processed created updated failed errorReportUrl contactsUrl';

async function begin(
  { id: subaccountId, api }: SeededSubaccount,
  options: object = {},
): Promise<{ readonly id: string; readonly uploadUrl: string }> {
  const { bulkOperation, uploadUrl } = await api.mutate<{ bulkOperation: Operation; uploadUrl: string }>(
    'createContactImport',
    { subaccountId, ...options },
    `bulkOperation { ${SHOWN} } uploadUrl`,
  );
  expect(bulkOperation.status).toBe('AWAITING_FILE');
  return { id: bulkOperation.id, uploadUrl };
}

const upload = (url: string, body: string | Uint8Array<ArrayBuffer>): Promise<Response> =>
  fetch(url, { method: 'PUT', body, headers: { 'content-type': 'text/csv' } });

async function look({ api }: SeededSubaccount, id: string): Promise<Operation> {
  const query = `query ($id: ID!) { bulkOperation(id: $id) { ${SHOWN} } }`;
  return (await api.ask<{ bulkOperation: Operation }>(query, { id })).bulkOperation;
}

async function finished(place: SeededSubaccount, id: string): Promise<Operation> {
  await eventually(async () => (await look(place, id)).status).toMatch(/^(?:COMPLETED|FAILED|CANCELED)$/);
  return look(place, id);
}

async function importFile(
  place: SeededSubaccount,
  csv: string | Uint8Array<ArrayBuffer>,
  options: object = {},
): Promise<Operation> {
  const { id, uploadUrl } = await begin(place, options);
  expect((await upload(uploadUrl, csv)).status).toBe(204);
  return finished(place, id);
}

async function contactsOf({ id, api }: SeededSubaccount): Promise<object[]> {
  const query = `query ($id: ID!) { subaccount(id: $id) { contacts(first: 100) { nodes {
    phoneNumber name tags optedOutAt fields { value field { key } } } } } }`;
  const { subaccount } = await api.ask<{
    subaccount: {
      contacts: {
        nodes: {
          phoneNumber: string;
          name: string | null;
          tags: string[];
          optedOutAt: string | null;
          fields: { value: string; field: { key: string } }[];
        }[];
      };
    };
  }>(query, { id });
  return subaccount.contacts.nodes.map(({ phoneNumber, name, tags, optedOutAt, fields }) => ({
    phoneNumber,
    name,
    tags,
    optedOut: optedOutAt !== null,
    ...Object.fromEntries(fields.map(({ field, value }) => [field.key, value])),
  }));
}

async function addField({ id: subaccountId, api }: SeededSubaccount, key: string, type: string) {
  await api.mutate('createContactField', { subaccountId, key, label: `The ${key}`, type }, '__typename');
}

describe('an import', () => {
  it('makes and changes contacts as the file says, and tells of each row that it cannot use', async () => {
    const place = await seed(server).agency().subaccount();
    await addField(place, 'revenue', 'NUMBER');
    await addField(place, 'since', 'DATE');
    const known = { subaccountId: place.id, phoneNumber: '6281600000001', name: 'Old', tags: ['known'] };
    await place.api.mutate('upsertContact', known, '__typename');
    const cursor = await cursorOf(place);
    const done = await importFile(
      place,
      [
        'Phone number,Full name,Tags,Opted out,The revenue,since,colour',
        '0816 0000 0001,New,vip; roof,,12.50,2026-01-31,red',
        '+62 816-0000-0002,"Wijaya, Ani",,yes,,,',
        '',
        'not a number,Nobody,,,,,',
        '081600000003,Budi,,maybe,a lot,31.1.2026,',
        '081600000002,,late,,7,,',
      ].join('\r\n'),
      { defaultCountry: 'ID', tags: ['import'] },
    );
    expect(done).toMatchObject({
      status: 'COMPLETED',
      total: 6,
      processed: 6,
      created: 1,
      updated: 1,
      failed: 2,
    });
    expect(await contactsOf(place)).toEqual([
      {
        phoneNumber: '6281600000001',
        name: 'New',
        tags: ['import', 'known', 'roof', 'vip'],
        optedOut: false,
        revenue: '12.5',
        since: '2026-01-31',
      },
      {
        phoneNumber: '6281600000002',
        name: 'Wijaya, Ani',
        tags: ['import', 'late'],
        optedOut: true,
        revenue: '7',
      },
    ]);
    const report = await (await fetch(done.errorReportUrl ?? '')).text();
    expect(report.trim().split('\n')).toEqual([
      'row,error,as in the file',
      '5,"phone_number: must be a number of ID, or international digits",not a number,Nobody,,,,,',
      '6,opted_out: must be true or false; revenue: must be a number such as 1250.5; since: must be a day such as 2027-01-31,081600000003,Budi,,maybe,a lot,31.1.2026,',
    ]);
    const { events } = await place.api.ask<{ events: { events: { topic: string }[] } }>(
      `query ($id: ID!, $after: EventCursor) { events(subaccountId: $id, after: $after,
         topics: [CONTACT_CREATED, CONTACT_UPDATED, CONTACT_TAG_ADDED]) { events { topic } } }`,
      { id: place.id, after: cursor },
    );
    expect(events.events.map(({ topic }) => topic)).toEqual(['CONTACT_CREATED', 'CONTACT_UPDATED']);
  });

  it('changes nothing and tells of nothing the second time', async () => {
    const place = await seed(server).agency().subaccount();
    const csv = 'phone,name,tags\n6281600000011,Ani,vip\n6281600000012,Budi,roof\n';
    expect(await importFile(place, csv)).toMatchObject({ created: 2, updated: 0, failed: 0 });
    expect(await importFile(place, csv)).toMatchObject({ created: 0, updated: 0, failed: 0, processed: 2 });
    const skipped = await importFile(place, 'phone,name\n6281600000011,Cici\n', { onExisting: 'SKIP' });
    expect(skipped).toMatchObject({ created: 0, updated: 0 });
    expect(await contactsOf(place)).toMatchObject([{ name: 'Ani' }, { name: 'Budi' }]);
  });

  it.each([
    ['semicolons', '\uFEFFphone_number;name;tags\n6281600000021;Ani;"a;b"\n'],
    ['tabs', 'phone_number\tname\ttags\n6281600000021\tAni\ta, b\n'],
    ['other headers', 'Handy,Wer,Gruppe\n6281600000021,Ani,a|b\n'],
  ])('reads files with %s', async (_what, csv) => {
    const place = await seed(server).agency().subaccount();
    const columns = [
      { header: 'Handy', target: 'phone_number' },
      { header: 'wer', target: 'name' },
      { header: 'GRUPPE', target: 'tags' },
    ];
    const done = await importFile(place, csv, csv.startsWith('Handy') ? { columns } : {});
    expect(done).toMatchObject({ status: 'COMPLETED', created: 1 });
    expect(await contactsOf(place)).toMatchObject([{ name: 'Ani', tags: ['a', 'b'] }]);
  });

  it.each([
    ['NO_PHONE_COLUMN', 'name\nAni\n', {}],
    ['NO_PHONE_COLUMN', '', {}],
    ['COLUMN_MISSING', 'phone\n6281600000031\n', { columns: [{ header: 'Name', target: 'name' }] }],
    ['FILE_MALFORMED', 'phone,name\n6281600000031,"Ani\n6281600000032,Budi\n', {}],
    ['FILE_NOT_UTF8', Buffer.from('phone,name\n6281600000031,Ren\xe9\n', 'latin1'), {}],
  ])('fails as a whole with %s, and writes nothing', async (failure, csv, options) => {
    const place = await seed(server).agency().subaccount();
    expect(await importFile(place, csv, options)).toMatchObject({ status: 'FAILED', failure });
    expect(await contactsOf(place)).toEqual([]);
  });

  it('takes one file, of a size that fits, behind a link that was signed', async () => {
    const place = await seed(server).agency().subaccount();
    const { uploadUrl } = await begin(place);
    expect((await upload(uploadUrl.replace('/upload', '/errors'), 'phone\n')).status).toBe(404);
    expect((await upload(`${uploadUrl}x`, 'phone\n')).status).toBe(404);
    const tooLarge = await upload(uploadUrl, Buffer.alloc(65 * 1024 * 1024, 'x'));
    expect(tooLarge.status).toBe(413);
    expect(await tooLarge.json()).toMatchObject({ error: { reason: 'FILE_TOO_LARGE' } });
    expect((await upload(uploadUrl, 'phone\n6281600000041\n')).status).toBe(204);
    const again = await upload(uploadUrl, 'phone\n6281600000042\n');
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ error: { reason: 'BULK_FILE_RECEIVED' } });
  });

  it('is followed step by step, ends where it is canceled, and keeps what was done', async () => {
    const place = await seed(server).agency().subaccount();
    const { id, uploadUrl } = await begin(place);
    const query = `subscription ($id: ID!, $operation: ID, $after: EventCursor) {
      bulkOperationUpdated(subaccountId: $id, bulkOperationId: $operation, after: $after) {
        bulkOperation { status processed total } } }`;
    const news = place.api.follow<{ bulkOperation: Operation }>('bulkOperationUpdated', query, {
      id: place.id,
      operation: id,
      after: await cursorOf(place),
    });
    const rows = Array.from({ length: 20_000 }, (_, n) => `62817${String(1_000_000 + n)},Name ${n}`);
    expect((await upload(uploadUrl, ['phone,name', ...rows].join('\n'))).status).toBe(204);
    const { bulkOperation } = await news.first((each) => each.bulkOperation.processed > 0);
    expect(bulkOperation.total).toBe(20_000);
    await place.api.mutate('cancelBulkOperation', { bulkOperationId: id }, '__typename');
    await news.first((each) => each.bulkOperation.status === 'CANCELED');
    news.stop();
    const { status, processed, created } = await look(place, id);
    expect({ status, created }).toEqual({ status: 'CANCELED', created: processed });
    expect(processed).toBeLessThan(20_000);
  });
});

describe('an export', () => {
  it('writes what an import reads: the same contacts come out of both', async () => {
    const place = await seed(server).agency().subaccount();
    await addField(place, 'revenue', 'NUMBER');
    await importFile(
      place,
      'phone,name,tags,revenue,opted_out\n6281600000051,=1+1,vip;roof,12.5,\n6281600000052,Budi,vip,,yes\n6281600000053,Cici,,,\n',
    );
    const { bulkOperation } = await place.api.mutate<{ bulkOperation: Operation }>(
      'createContactExport',
      { subaccountId: place.id, filter: { tags: ['vip'] } },
      'bulkOperation { id }',
    );
    const done = await finished(place, bulkOperation.id);
    expect(done).toMatchObject({ status: 'COMPLETED', total: 2, processed: 2 });
    const csv = await (await fetch(done.contactsUrl ?? '')).text();
    expect(csv).toContain(`6281600000051,'=1+1,roof; vip,false,false,`);
    const other = await seed(server).agency().subaccount();
    await addField(other, 'revenue', 'NUMBER');
    expect(await importFile(other, csv)).toMatchObject({ created: 2, failed: 0 });
    expect(await contactsOf(other)).toEqual((await contactsOf(place)).slice(0, 2));
  });
});

describe('who may do what', () => {
  it.each([
    ['AGENT', false],
    ['SUBACCOUNT_ADMIN', true],
  ] as const)('%s', async (role, may) => {
    const place = await seed(server).agency().subaccount();
    const password = 'correct horse battery staple';
    const email = `${role}-${place.id}@example.com`.toLowerCase();
    const member = { agencyId: place.agency.id, email, password, role, subaccountIds: [place.id] };
    await place.agency.api.mutate('createUser', member, '__typename');
    const { sessionToken } = await place.api.mutate<{ sessionToken: string }>(
      'logIn',
      { email, password },
      'sessionToken',
    );
    const api = place.api.as(sessionToken);
    for (const field of ['createContactImport', 'createContactExport']) {
      const input = { subaccountId: place.id };
      if (may) await api.mutate(field, input, '__typename');
      else expect(await api.mutationRefusal(field, input)).toMatchObject({ reason: 'ACTION_NOT_ALLOWED' });
    }
  });
});
