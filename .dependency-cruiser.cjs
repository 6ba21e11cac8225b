/** Who may import whom. Every rule is an error; src/README.md explains them. */
const MODULES = [
  'tenancy',
  'identity',
  'billing',
  'contact',
  'device',
  'messaging',
  'inbox',
  'pipeline',
  'automation',
];

/** A module imports other modules only downhill (left of it in MODULES). */
const downhill = MODULES.map((name, index) => ({
  name: `module-${name}-imports-downhill`,
  severity: 'error',
  from: { path: `^src/modules/${name}/` },
  to: { path: `^src/modules/(${MODULES.slice(index + 1).join('|') || 'none'})/` },
}));

const forbid = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    forbid('no-cycles', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    forbid('kernel-imports-nothing', { path: '^src/kernel/' }, { path: '^src/', pathNot: '^src/kernel/' }),
    forbid(
      'config-imports-kernel',
      { path: '^src/config/' },
      { path: '^src/', pathNot: '^src/(config|kernel)/' },
    ),
    forbid(
      'platform-knows-no-module',
      { path: '^src/platform/' },
      { path: '^src/', pathNot: '^src/(platform|kernel|config)/' },
    ),
    forbid(
      'whatsapp-stands-alone',
      { path: '^src/whatsapp/' },
      { path: '^src/', pathNot: '^src/(whatsapp|kernel|config)/' },
    ),
    forbid(
      'simulator-stands-alone',
      { path: '^src/simulator/' },
      { path: '^src/', pathNot: '^src/simulator/' },
    ),
    forbid(
      'graphql-kit-knows-no-module',
      { path: '^src/graphql/kit/' },
      { path: '^src/', pathNot: '^src/(graphql/kit|kernel|platform)/' },
    ),
    forbid(
      'modules-use-the-kit-only',
      { path: '^src/modules/' },
      { path: '^src/graphql/', pathNot: '^src/graphql/kit/' },
    ),
    forbid(
      'only-the-graphql-face-uses-graphql',
      { path: '^src/', pathNot: '^src/(graphql|simulator)/|\\.(resolver|types)\\.ts$' },
      { path: '^node_modules/(type-graphql|graphql)/' },
    ),
    forbid(
      'kit-only-in-the-graphql-face',
      { path: '^src/modules/', pathNot: '\\.(resolver|types)\\.ts$|/index\\.ts$' },
      { path: '^src/graphql/' },
    ),
    forbid(
      'modules-through-their-face',
      { path: '^src/modules/([^/]+)/' },
      { path: '^src/modules/', pathNot: '^src/modules/($1/|[^/]+/index\\.ts$)' },
    ),
    ...downhill,
    forbid(
      'entities-are-pure',
      { path: '^src/modules/.+\\.(entity|policy|events|errors)\\.ts$' },
      {
        path: '^src/',
        pathNot:
          '^src/(kernel|modules)/|^src/platform/database/(tenant-entity|entity-columns|index)\\.ts$|^src/whatsapp/index\\.ts$',
      },
    ),
    forbid(
      'whatsapp-through-its-face',
      { path: '^src/modules/' },
      { path: '^src/whatsapp/', pathNot: '^src/whatsapp/index\\.ts$' },
    ),
    forbid(
      'modules-do-not-know-the-rest',
      { path: '^src/(modules|graphql|rest)/' },
      { path: '^src/(app|cli|simulator|main|server)' },
    ),
    forbid(
      'nothing-imports-the-top',
      { path: '^src/', pathNot: '^src/(app|cli|main|server)' },
      { path: '^src/(app|cli|main|server)' },
    ),
    forbid('nothing-imports-tests', { path: '^src/' }, { path: '^test/' }),
    forbid(
      'baileys-behind-whatsapp',
      { path: '^src/', pathNot: '^src/(whatsapp/baileys|simulator)/' },
      { path: '^node_modules/(@whiskeysockets/baileys|libsignal)/' },
    ),
    forbid(
      'drivers-behind-platform',
      { path: '^src/', pathNot: '^src/platform/' },
      {
        path: '^node_modules/(bullmq|ioredis|pg|@mikro-orm/postgresql|kysely)/',
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'system-context-is-confined',
      {
        path: '^src/',
        pathNot:
          '^src/(app|cli|platform)/|^src/modules/(billing|contact|identity|device|messaging|inbox|automation|webhook|audit)/',
      },
      { path: '^src/kernel/system-context\\.ts$' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
