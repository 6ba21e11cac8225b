import { BREAK, Kind, parse, visit } from 'graphql';
import type { ASTNode, GraphQLError } from 'graphql';

/**
 * The dotted path of the argument or input field whose literal an error of validation is about, such as `input.media.url`;
 * null when the error is about something else.
 */
export function inputPathOf(error: GraphQLError): string | null {
  const start = error.nodes?.[0]?.loc?.start;
  if (start === undefined || error.source === undefined) return null;
  const found: string[] = [];
  visit(parse(error.source.body), {
    enter(node, _key, parent, _path, ancestors) {
      if (node.loc?.start !== start || !isValue(node)) return undefined;
      found.push(...namesOf(parent === undefined ? ancestors : [...ancestors, parent]));
      return BREAK;
    },
  });
  return found.length === 0 ? null : found.join('.');
}

function isValue(node: ASTNode): boolean {
  return node.kind.endsWith('Value') || node.kind === Kind.VARIABLE;
}

/** Between the nodes stand the lists that hold them, with all their siblings. */
function namesOf(ancestors: readonly (ASTNode | readonly ASTNode[])[]): string[] {
  return ancestors
    .filter((ancestor) => 'kind' in ancestor)
    .filter((node) => node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD)
    .map((node) => node.name.value);
}
