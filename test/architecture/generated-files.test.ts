import { expect, it } from 'vitest';
import { refreshGeneratedFiles } from './generated-files.js';

it('schema.graphql and the variables of the README are what the code says; npm run generate makes them anew', async () => {
  expect(await refreshGeneratedFiles(false)).toEqual([]);
});
