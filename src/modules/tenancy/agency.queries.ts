import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../kernel/errors.js';
import { Agency } from './agency.entity.js';

/** Throws NOT_FOUND. */
export async function getAgency(em: EntityManager, id: string): Promise<Agency> {
  const agency = await em.findOne(Agency, { id });
  if (agency === null) throw kernelErrors.NOT_FOUND();
  return agency;
}

export function findAgencies(em: EntityManager, ids: readonly string[]): Promise<Agency[]> {
  return em.find(Agency, { id: { $in: [...ids] } });
}
