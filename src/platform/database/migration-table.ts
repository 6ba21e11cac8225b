/** Where the migrator notes what it ran. */
export const MIGRATION_TABLE = 'schema_migration';
