export * from './types.js';
export { tf } from './backend/tf.js';
export { ImageSet, type ImageSetParts, type Selection } from './data/image-set.js';
export { batches, type Batch, type BatchesOptions } from './data/batches.js';
export { loadDigits, type DigitsOptions } from './data/digits.js';
export { loadFaces, FaceSet, faceAttributes, type FaceAttribute, type FaceCombination, type FaceParts, type FacesOptions } from './data/faces.js';
export { loadFolder, type FolderOptions } from './data/folder.js';
export { loadIdx, type IdxOptions } from './data/idx.js';
export { dataPath } from './data/location.js';
