/**
 * Who may import whom in lib/src: from the top floor down, never up, and nobody in a circle.
 * `npm run structure` draws it; `npm run lint` holds it.
 */
const floors = [
  ['evaluation'],
  ['training', 'sampling'],
  ['networks'],
  ['degradations'],
  ['data', 'metrics', 'display'],
  ['backend'],
  ['platform'],
];

/** Nothing of a floor imports from a floor above it. */
/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const downwards = floors.slice(1).map((rooms, i) => ({
  name: `${rooms.join('-and-')}-looks-down`,
  severity: 'error',
  comment: 'a room uses only what stands below it',
  from: { path: `^lib/src/(${rooms.join('|')})/` },
  to: {
    path: `^lib/src/(${floors
      .slice(0, i + 1)
      .flat()
      .join('|')})/`,
    dependencyTypesNot: ['type-only'],
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'library-alone',
      severity: 'error',
      comment: 'the library imports nothing from what uses it',
      from: { path: '^lib/src' },
      to: { path: '^(notebooks|scripts|experiments|bench|test)/' },
    },
    ...downwards,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    includeOnly: '^(lib/src|scripts|bench|notebooks/claims)',
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    reporterOptions: { archi: { collapsePattern: '^lib/src/[^/]+' } },
  },
};
