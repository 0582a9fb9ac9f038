import js from '@eslint/js';
import stylistic from '@stylistic/eslint-plugin';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      '**/node_modules/',
      '.venv/',
      '.venv-sweep/',
      '.cache/',
      'runs/',
      'coverage/',
      'docs/',
      'bench/reference/',
      '**/.ipynb_checkpoints/',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    // Every file is in tsconfig.json, so that the rules know the types of JavaScript as well.
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@stylistic': stylistic },
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness comes from a seed: use Random or a key.' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      // Prettier breaks code; what it cannot break, and comments, are held to the same width. Text is left as it is.
      '@stylistic/max-len': [
        'error',
        { code: 120, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true },
      ],
      // Shapes stand in messages as they are: [2,8,8,3].
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowArray: true, allowNever: true },
      ],
      // `tf.mul(x, y) as Images` names a rank that TensorFlow's types leave open, which the rule takes for idle.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // An async function without await is how what throws becomes what rejects.
      '@typescript-eslint/require-await': 'off',
      // Degradations and samplers are closures in objects: taken apart, they work as before.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // The library runs in Node and in browsers: what differs stands in platform/node and platform/browser.
    files: ['lib/src/**'],
    ignores: ['lib/src/platform/node/**', 'lib/src/workers/**'], // only Node joins others
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['canvas', 'sharp', 'playwright-core', '@tensorflow/tfjs-node-gpu'],
          patterns: [
            { group: ['node:*'], message: 'Only platform/node may import from Node.' },
            { group: ['**/platform/node/*', '**/platform/browser/*'], message: 'Import from #platform/….' },
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        ...['process', 'Buffer', 'setImmediate', 'require', 'global', '__dirname', '__filename'].map((name) => ({
          name,
          message: 'Only platform/node may use what Node alone has.',
        })),
      ],
    },
  },
  {
    // Messages of Jupyter, compilers and JSON have no types here, and tests look into whatever they get.
    files: ['**/*.mjs', 'test/**'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    // The programs of the benchmark speak JSON with each other, line by line.
    files: ['scripts/**/*.ts', 'bench/*.ts'],
    ignores: ['scripts/read-json.ts', 'bench/process.ts', 'bench/serve.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='JSON'][callee.property.name='parse']",
          message: 'readJson and parseJson check what they read, and their errors name the file and the fault.',
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);
