/** The version in `package.json`, which `npm run versions` writes here. */
export const version = '0.2.0';
