import { readFile } from 'node:fs/promises';
import { Kind, parse, print, visit } from 'graphql';
import type { DocumentNode, FieldDefinitionNode, InputValueDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { printApiSchema } from '../../src/app/schema.js';

/** Each element as one line: `Device.label: String!`, `Mutation.logIn(input): LogInInput!`, `Role.AGENT`. */
function elementsOf(document: DocumentNode): Map<string, string> {
  const elements = new Map<string, string>();
  const value = (owner: string, { name, type, defaultValue }: InputValueDefinitionNode): void => {
    const suffix = defaultValue === undefined ? '' : ` = ${print(defaultValue)}`;
    elements.set(`${owner}${name.value}`, `${print(type)}${suffix}`);
  };
  const field = (owner: string, { name, type, arguments: args = [] }: FieldDefinitionNode): void => {
    elements.set(`${owner}.${name.value}`, print(type));
    for (const argument of args) value(`${owner}.${name.value}:`, argument);
  };
  visit(document, {
    enter(node) {
      if (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION) {
        for (const each of node.fields ?? []) field(node.name.value, each);
      }
      if (node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
        for (const each of node.fields ?? []) value(`${node.name.value}.`, each);
      }
      if (node.kind === Kind.ENUM_TYPE_DEFINITION) {
        for (const each of node.values ?? []) elements.set(`${node.name.value}.${each.name.value}`, 'value');
      }
      if (node.kind === Kind.SCALAR_TYPE_DEFINITION) elements.set(node.name.value, 'scalar');
    },
  });
  return elements;
}

/** What clients had to name and may leave out by now: whoever names it is understood as before. */
const NO_LONGER_REQUIRED = new Set(['SendMessageInput.deviceId', 'SendMessageInput.to']);

/** Arguments of pages have a default beside their type, which the contract leaves open. */
const withoutPageDefault = (type: string): string => type.replace(/^Int = (?:20|100)$/, 'Int');

describe('the schema', () => {
  it('has everything that clients were promised, of the same types', async () => {
    const contract = elementsOf(parse(await readFile(new URL('contract.graphql', import.meta.url), 'utf8')));
    const actual = elementsOf(parse(await printApiSchema()));
    const differences = [...contract]
      .map(([name, type]) => [name, NO_LONGER_REQUIRED.has(name) ? type.replace(/!$/, '') : type] as const)
      .filter(([name, type]) => withoutPageDefault(actual.get(name) ?? 'missing') !== type)
      .map(([name, type]) => `${name}: promised ${type}, is ${actual.get(name) ?? 'missing'}`);
    expect(differences).toEqual([]);
  });
});
