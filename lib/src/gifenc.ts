import * as found from 'gifenc';

/** The GIF encoder: CommonJS in Node, where all is under `default`; an ES module in bundlers. */
export const gifenc = (found as Partial<typeof found>).quantize ? found : found.default;
