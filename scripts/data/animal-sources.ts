/** Where the animal heads come from: fixed versions of npm packages, checked by their hashes. */
export interface Source {
  set: string;
  npm: string;
  version: string;
  license: string;
  integrity: string;
  /** Names of the heads in the set, or for files their code points. */
  heads: string[] | Record<string, string>;
}

const common = [
  'bear',
  'cat-face',
  'cow-face',
  'dog-face',
  'fox',
  'frog',
  'hamster',
  'koala',
  'lion',
  'monkey-face',
  'mouse-face',
  'panda',
  'pig-face',
  'polar-bear',
  'rabbit-face',
  'tiger-face',
  'wolf',
];

export const sources: Source[] = [
  {
    set: 'fluent-emoji-flat',
    npm: '@iconify-json/fluent-emoji-flat',
    version: '1.2.6',
    license: 'MIT',
    integrity: 'sha512-RY47RgPb47fYUiyrA64sIOL0+UU02s29sXpNBbIQRBUlPlfNFTKUmZDERGuxDs/7yNGWqQYvuaSYM1M4fRXlUw==',
    heads: [...common, 'raccoon'],
  },
  {
    set: 'noto',
    npm: '@iconify-json/noto',
    version: '1.2.9',
    license: 'Apache-2.0',
    integrity: 'sha512-DQiuXENbun41ch+XPSV55H9FaWKpHTyz46YIKtSaKYD4fIDDzL1tR6H4np/T38jfrTAeI3rcKF0mqHYeZVAuaw==',
    heads: [...common, 'dragon-face', 'moose'],
  },
  {
    set: 'twemoji',
    npm: '@iconify-json/twemoji',
    version: '1.2.5',
    license: 'CC-BY-4.0',
    integrity: 'sha512-uKpuIEV0v6K5BW3Mjdyl+XKFVAbbcPxAgifKvEMtZoUZB5+YiY5zaMm2uNNCxyXzAWU9yNLlj41WU6/mvgALsw==',
    heads: [...common, 'raccoon', 'boar', 'chicken', 'moose', 'gorilla'],
  },
  {
    set: 'fluent-emoji-3d',
    npm: '@lobehub/fluent-emoji-3d',
    version: '1.1.0',
    license: 'MIT',
    integrity: 'sha512-Wlq2lVStTnr8BDpIJ0pEnTKO4LuDxxqTEhTvRtD1DLRF0me7ogeRQjKoehDHXuVJ2Qaecgl5wRBv60lUAG3h7g==',
    heads: {
      bear: '1f43b',
      'cat-face': '1f431',
      'cow-face': '1f42e',
      'dog-face': '1f436',
      fox: '1f98a',
      frog: '1f438',
      hamster: '1f439',
      koala: '1f428',
      lion: '1f981',
      'monkey-face': '1f435',
      'mouse-face': '1f42d',
      panda: '1f43c',
      'pig-face': '1f437',
      'polar-bear': '1f43b-200d-2744-fe0f',
      'rabbit-face': '1f430',
      'tiger-face': '1f42f',
      wolf: '1f43a',
      raccoon: '1f99d',
    },
  },
];
