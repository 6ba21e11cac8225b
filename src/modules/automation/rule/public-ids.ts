import { fromPublicId, toPublicId } from '../../../kernel/ids.js';
import type { NodeType } from '../../../kernel/ids.js';

/** What parts of a rule name by id. */
const TYPES: Readonly<Record<string, NodeType>> = {
  pipelineId: 'Pipeline',
  noOpenDealIn: 'Pipeline',
  stageId: 'Stage',
  dealStageIds: 'Stage',
  deviceIds: 'Device',
  assigneeId: 'User',
  teamId: 'Team',
};

/** A part of a rule as the API has it, without what was left out and with the ids of rows. Throws INVALID_ID. */
export function fromApi(part: object, path: string): Record<string, unknown> {
  const given = Object.entries(part).filter(([, value]) => value != null);
  return Object.fromEntries(
    given.map(([name, value]) => {
      const type = TYPES[name];
      const place = `${path}.${name}`;
      if (type === undefined) return [name, isPlain(value) ? fromApi(value, place) : value];
      return [name, mapIds(value, (id, index) => fromPublicId(type, id, `${place}${index}`))];
    }),
  );
}

/** The same the other way round. */
export function toApi(part: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => {
      const type = TYPES[name];
      return [name, type === undefined ? value : mapIds(value, (id) => toPublicId(type, id))];
    }),
  );
}

function mapIds(value: unknown, map: (id: string, index: string) => string): unknown {
  return Array.isArray(value)
    ? value.map((id, index) => map(String(id), `.${index}`))
    : map(String(value), '');
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && !Array.isArray(value);
}
