import { expect } from 'vitest';
import type { ApiClient, Refusal } from '../../support/api-client.js';
import type { RowCounts } from '../../support/row-counts.js';

type Expected = Partial<Refusal>;

/** A mutation, its input, and how it is refused. */
export type Case = readonly [
  mutation: string,
  input: Readonly<Record<string, unknown>>,
  expected: Expected,
  as?: ApiClient,
];

/** INVALID_INPUT that names these fields of the input. */
export const wrong = (...fields: readonly string[]): Expected => ({
  code: 'BAD_USER_INPUT',
  reason: 'INVALID_INPUT',
  fields: fields.map((field) => `input.${field}`),
});

export const refused = (code: string, reason: string, ...fields: readonly string[]): Expected => ({
  code,
  reason,
  fields: fields.map((field) => `input.${field}`),
});

/** Each is refused for the one thing that is wrong with it, and leaves no row behind. */
export async function expectRefusals(api: ApiClient, rows: RowCounts, cases: readonly Case[]): Promise<void> {
  const before = await rows.all();
  for (const [mutation, input, expected, as = api] of cases) {
    const refusal = await as.mutationRefusal(mutation, input);
    // A GraphQL request that was understood is answered with 200; the errors say the rest.
    expect({ mutation, input, ...refusal }).toMatchObject({ mutation, input, status: 200, ...expected });
  }
  expect(await rows.all()).toEqual(before);
}
