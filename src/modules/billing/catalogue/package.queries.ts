import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { decodeNumberCursor } from './catalogue.queries.js';
import { Package } from './package.entity.js';

/** Throws NOT_FOUND. */
export async function getPackage(em: EntityManager, id: string): Promise<Package> {
  const found = await em.findOne(Package, { id });
  if (found === null) throw kernelErrors.NOT_FOUND();
  return found;
}

export function findPackages(em: EntityManager, ids: readonly string[]): Promise<Package[]> {
  return em.find(Package, { id: { $in: [...ids] } });
}

/** By number. */
export async function listPackages(
  em: EntityManager,
  request: PageRequest,
  { archived }: { readonly archived: boolean },
): Promise<Page<Package>> {
  const size = pageSize(request);
  const rows = await em.find(
    Package,
    {
      ...(request.after == null ? {} : { number: { $gt: decodeNumberCursor(request.after) } }),
      ...(archived ? {} : { archivedAt: null }),
    },
    { orderBy: { number: 'asc' }, limit: size + 1 },
  );
  return toPage(rows, size, request, ({ number }) => [String(number)]);
}
