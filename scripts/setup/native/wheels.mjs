// @ts-check
// Which wheels of the Python package index carry libtensorflow, pinned by version and sha256.

/** The version of TensorFlow in all of them. */
export const TENSORFLOW = '2.15.1';

/**
 * @typedef {object} Wheel
 * @property {string} name
 * @property {string} version
 * @property {string[]} tags what pip is asked for
 * @property {number} bytes
 * @property {string} sha256
 */

/** @typedef {'cpu' | 'gpu'} Flavour */

/**
 * The wheels for a system; undefined if there are none.
 * @param {Flavour} flavour
 * @param {string} [system] as in `linux-x64`
 * @returns {Wheel[] | undefined}
 */
export function wheelsFor(flavour, system = `${process.platform}-${process.arch}`) {
  if (flavour === 'gpu') return system === 'linux-x64' ? [TENSORFLOW_CUDA, ...CUDA] : undefined;
  const wheel = CPU[system];
  return wheel && [wheel];
}

/** @type {Record<string, Wheel | undefined>} */
const CPU = {
  'linux-x64': tensorflow(
    'tensorflow-cpu',
    ['manylinux2014_x86_64', 'manylinux_2_17_x86_64'],
    207208420,
    '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
  ),
  'linux-arm64': tensorflow(
    'tensorflow-cpu-aws',
    ['manylinux2014_aarch64', 'manylinux_2_17_aarch64'],
    211874120,
    'd4c3a3a9363bf42999adedbbd514e3a133be2d62f61fee9cfa46aaefb087c09e',
  ),
  'darwin-x64': tensorflow(
    'tensorflow-cpu',
    ['macosx_10_15_x86_64'],
    236482774,
    'ee3bb114c6031d471d891c761e7eda2c80bea19bb318abcd3d5bab92ccfaf9aa',
  ),
  'darwin-arm64': tensorflow(
    'tensorflow',
    ['macosx_12_0_arm64'],
    205736374,
    'aa926114d1e13ffe5b2ea59c3f195216f26646d7fe36e9e5207b291e4b7902ff',
  ),
};

const TENSORFLOW_CUDA = tensorflow(
  'tensorflow',
  ['manylinux2014_x86_64', 'manylinux_2_17_x86_64'],
  475258663,
  'bb0edd69103c154245c5f209f0507355cc68ba7e4de350084bc31edc562478e4',
);

/** What `tensorflow[and-cuda]` 2.15.1 names: CUDA 12.2 and cuDNN 8.9. libtensorflow looks for them in ../nvidia. */
const CUDA = [
  cuda('cublas', '12.2.5.6', 417825305, 'f448d8db463f9a2c7dd9a1e607c0961d3e95f825b86839c5882f7d073d406df0'),
  cuda('cuda-cupti', '12.2.142', 13900552, 'ce68d1009dd14215e38ed49643d31374c71d6fea381181cb0b9da7f19dfd1624'),
  cuda('cuda-nvcc', '12.2.140', 21319729, 'c6ff4ae7a636eb6cab7621191e19ac3779690686bbcf52c04d8b1ca2944e1e27'),
  cuda('cuda-nvrtc', '12.2.140', 23430053, 'b1cdcae6443cb7cdcfb5d1bf51896a148c9f82f9e65b27db9ab095eaed689aa7'),
  cuda('cuda-runtime', '12.2.140', 845802, 'acb9cb7e44594a3512533497ea790d9f0b0e399abcc888584c157d1ffa080e41'),
  cuda('cudnn', '8.9.4.25', 720096787, '9f882d5b11753c566fd32427839089eb4f8ba7a58c28446ad359e32c40229723'),
  cuda('cufft', '11.0.8.103', 98570970, '72e961e578f9be9e316ccb4db8652c421dd0b57442624faa71061d452f449a67'),
  cuda('curand', '10.3.3.141', 56463566, '7b6bad6817b5df2a6f5ec221206fb895d9195fdd7d2443f3e86554108c141a0a'),
  cuda('cusolver', '11.5.2.141', 124890758, '5a85c4653ce34339a5688137f494a0f903e0f0532418550998167f00844161da'),
  cuda('cusparse', '12.1.2.141', 195268625, '4e13d6a51d2303dcb2a023ba09546811161f0334fc64e13689397bbd3b1eb126'),
  cuda('nccl', '2.16.5', 188657797, '84695a4248138fb2ca12f5fd3defe986e790e71ccdaad51b2ca34ca4e83ef421'),
  cuda('nvjitlink', '12.2.140', 20177273, '95635cafbf9f96c38bea5200ab145a2e6aefbb5405e0b04c1e4ba54df2d84ec9'),
];

/**
 * @param {string} name
 * @param {string[]} platforms
 * @param {number} bytes
 * @param {string} sha256
 * @returns {Wheel}
 */
function tensorflow(name, platforms, bytes, sha256) {
  return {
    name,
    version: TENSORFLOW,
    tags: [
      '--python-version=3.11',
      '--implementation=cp',
      '--abi=cp311',
      ...platforms.map((platform) => `--platform=${platform}`),
    ],
    bytes,
    sha256,
  };
}

/**
 * @param {string} name
 * @param {string} version
 * @param {number} bytes
 * @param {string} sha256
 * @returns {Wheel}
 */
function cuda(name, version, bytes, sha256) {
  return {
    name: `nvidia-${name}-cu12`,
    version,
    tags: ['--python-version=3.11', '--platform=manylinux1_x86_64'],
    bytes,
    sha256,
  };
}
