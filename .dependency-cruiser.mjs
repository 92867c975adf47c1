/** The import table of ARCHITECTURE.md. TypeScript 7 has no API that dependency-cruiser could use, hence swc. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed, dependencyTypesNot: ['core'] },
});

export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only(
      'contract-stands-alone',
      '^contract/',
      ['^contract/', '^node_modules/zod'],
      'What crosses a wire knows nobody.',
    ),
    only('config-stands-alone', '^config/', ['^config/', '^node_modules/zod'], 'Configuration knows nobody.'),
    only(
      'media-is-apart',
      '^media/',
      ['^media/', '^contract/', '^config/', '^node_modules/'],
      'The media plane never sees server or web.',
    ),
    {
      name: 'media-without-database',
      severity: 'error',
      from: { path: '^media/' },
      to: { path: 'node_modules/(mysql2|@?prisma|ioredis)' },
    },
    {
      name: 'one-door-to-node-media-server',
      severity: 'error',
      from: { path: '^(media|server|web|scripts)/', pathNot: '^media/src/ingest/' },
      to: { path: 'node_modules/node-media-server' },
    },
    only(
      'standin-is-apart',
      '^standin/',
      ['^standin/', '^contract/', '^config/', '^node_modules/'],
      'The stand-in for Stripe knows of us no more than Stripe does.',
    ),
    only(
      'simulator-is-apart',
      '^simulator/',
      ['^simulator/', '^server/', '^contract/', '^config/', '^node_modules/mysql2'],
      'The simulator runs what is shipped; nothing that is shipped knows of it.',
    ),
    {
      name: 'one-door-to-stripe',
      severity: 'error',
      from: {
        path: '^(media|server|web|scripts)/',
        pathNot: '^server/src/payments/stripe(-asking|-connect|-values)?\\.ts$',
      },
      to: { path: 'node_modules/stripe' },
    },
    only(
      'server-is-apart',
      '^server/',
      ['^server/', '^contract/', '^config/', '^prisma/', '^node_modules/'],
      'Server never sees media, web or scripts.',
    ),
    {
      name: 'rules-are-pure',
      severity: 'error',
      from: { path: '^server/src/[^/]+/rules\\.ts$' },
      to: { pathNot: '^contract/|/rules\\.ts$|^node:crypto$|^crypto$' },
    },
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      from: { path: '^server/src/platform/' },
      to: { path: '^server/src/(?!platform/)' },
    },
    {
      name: 'sql-stays-in-stores',
      severity: 'error',
      from: { path: '^server/src/[^/]+/(routes|socket|rules)\\.ts$' },
      to: { path: 'node_modules/(mysql2|@prisma)|platform/prisma' },
    },
    {
      name: 'web-takes-types-only',
      comment: 'No validator in the browser.',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { path: '^(contract|server|media|config|scripts)/|node_modules/zod', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'one-door-to-hls',
      severity: 'error',
      from: { path: '^web/src/', pathNot: '^web/src/player/' },
      to: { path: 'node_modules/hls\\.js' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^web/dist|/generated/)' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
