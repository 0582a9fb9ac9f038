/*
 * The library in sections. What measures is also the entry point `naive-diffusion/metrics`, what shows
 * `naive-diffusion/display`.
 */

// Concepts, and what is shared by all
export * from './types.js';
export { evenLevels, levels } from './level.js';
export { Random } from './random.js';
export { checkDials } from './dials.js';
export { Registry, type Maker } from './registry.js';

// TensorFlow: which one runs, compiled functions, operations, random numbers
export { tf } from './backend/tf.js';
export { type BackendInfo, budget, describeBackend, isQuick, ready } from './backend/select.js';
export { isNative } from './backend/native-op.js';
export { CannotCompile, compile, type Compiled, type CompileOptions, type Tensors } from './backend/compile.js';
export { pure } from './backend/pure.js';
export { Interrupted, listenForStop, loop, type StopListener } from './backend/interrupt.js';
export * from './backend/random.js';
export * from './backend/ops.js';
export { crossEntropy } from './backend/cross-entropy.js';
export { silu } from './backend/silu.js';
export { coordinates } from './backend/coordinates.js';

// Data
export { ImageSet, type ImageSetParts, type Selection } from './data/image-set.js';
export { FloatSet, type FloatSetParts } from './data/float-set.js';
export { batches, type Batch, type BatchesOptions } from './data/batches.js';
export { toBytes } from './data/bytes.js';
export { asSet, type Pictures } from './data/as-set.js';
export { loadDigits, type DigitsOptions } from './data/digits.js';
export {
  loadFaces,
  FaceSet,
  faceAttributes,
  type FaceAttribute,
  type FaceCombination,
  type FaceParts,
  type FacesOptions,
} from './data/faces.js';
export { captionWords, faceCaption, someAttributes, type Wordings } from './data/captions.js';
export { tokenizer, wordsOf, type Tokenizer, type TokenizerOptions } from './data/tokenizer.js';
export { loadAnimals, AnimalSet, type Animal } from './data/animals.js';
export { loadSounds, neverPlayed, SoundSet, type SoundsOptions } from './data/sounds.js';
export { frequencyOf, type Instrument, instruments, noteOf, play, type Tone } from './data/synthesiser.js';
export { loadWav, saveWav, toWav, type Wav } from './data/wav.js';
export { loadFolder, type FolderOptions } from './data/folder.js';
export { loadIdx, type IdxOptions } from './data/idx.js';
export { fitPalette, fromPalette, toPalette, type Palette, type PaletteOptions } from './data/palette.js';
export { dataPath } from './data/location.js';
export { writeWhole } from './files.js';

// Degradations: ways to destroy images
export { degradation, type Formula, type Shape } from './degradations/degradation.js';
export { binomialNoise, binomialWalk, type Walk } from './degradations/walk.js';
export { binomial, type BinomialDraw } from './degradations/binomial.js';
export { gaussian, type GaussianOptions } from './degradations/gaussian.js';
export { cosineSchedule, explodingSchedule, flowSchedule, linearSchedule } from './degradations/schedules.js';
export { animorphosis } from './degradations/animals.js';
export { blur } from './degradations/blur.js';
export { desaturate } from './degradations/desaturate.js';
export { fadeToBlack, fadeToColours } from './degradations/fade.js';
export { mask } from './degradations/mask.js';
export { pixelate } from './degradations/pixelate.js';
export { snow, type SnowDraw } from './degradations/snow.js';
export {
  linearOperator,
  separableOperator,
  type LinearOperator,
  type OperatorOptions,
  type OperatorParts,
} from './degradations/linear-operator.js';
export { type Known } from './degradations/known.js';
export { hide, reveal, type Hidden } from './degradations/hide.js';
export { choose, ranks } from './degradations/chance.js';
export { fitResidue, type ResidueFit } from './degradations/residue.js';
export { degradations, schedules, walks } from './degradations/registry.js';

// Networks, and what their answers mean
export { asNetwork, countWeights, Weights, type Model, type Network } from './networks/network.js';
export { countMultiplications } from './networks/multiplications.js';
export { countPlanes, planes, type Facts } from './networks/planes.js';
export { naiveUnetConfig, unet, type UNetConfig } from './networks/unet.js';
export {
  denseResidualConfig,
  residualConfig,
  residualUnet,
  type ResidualTemplate,
  type ResidualUNetConfig,
} from './networks/residual-unet.js';
export { fourierUnet, type FourierUNetConfig } from './networks/fourier-unet.js';
export { classifier, type Classifier, type ClassifierConfig, type Judgement } from './networks/classifier.js';
export { soundUnet, type SoundUNetConfig } from './networks/sound-unet.js';
export {
  categoricalUnet,
  type CategoricalConfig,
  type CategoricalDenoiser,
  type CategoricalNetwork,
} from './networks/categorical.js';
export { diffusionTransformer, type DiffusionTransformerConfig } from './networks/diffusion-transformer.js';
export { fourierEmbedding, positionEmbedding, sinusoidalEmbedding, type Waves } from './networks/embeddings.js';
export { networks } from './networks/registry.js';
export { clean, flow, karras, noise, targets, velocity } from './networks/targets.js';
export { clipped, denoiser } from './networks/denoiser.js';
export { stableTarget, type StableTargetOptions } from './networks/stable-target.js';
export { optimalDenoiser, type OptimalDenoiser, type OptimalOptions } from './networks/optimal-denoiser.js';
export { patchDenoiser, windowOf, type PatchDenoiser, type PatchOptions } from './networks/patch-denoiser.js';
export { attend, type AttendOptions, attention, type Attention } from './networks/attention.js';
export { attentionBlock, type AttentionBlock, type Attentive } from './networks/attention-block.js';
export { patches, type Patches } from './networks/patches.js';
export { residualBlock, type ResidualBlockShape } from './networks/residual-block.js';
export { convNextBlock, layerNormalization, transformerBlock, type TransformerBlock } from './networks/token-blocks.js';
export { score, type Score } from './networks/score.js';
export { normalDenoiser, type NormalData } from './networks/normal-denoiser.js';
export {
  guide,
  guideAll,
  type Guidance,
  guideBy,
  type GuidanceBy,
  type GuidanceToAll,
  type Towards,
  type Weight,
  weightWithin,
  type Wish,
} from './networks/guidance.js';
export { guideTo, type GuidanceTo } from './networks/guide-to.js';
export { textEncoder, type TextEncoder, type TextEncoderConfig, type TextShape } from './networks/text-encoder.js';
export { learnedVariance, withVariance, type VarianceTable } from './networks/variance.js';
export { codecs, decoded, encodeAll, encoded, latentSpread, type Codec, type Spread } from './networks/codec.js';
export { autoencoder, autoencoderConfig, type Autoencoder, type AutoencoderConfig } from './networks/autoencoder.js';
export {
  checkpointOf,
  loadCheckpoint,
  saveCheckpoint,
  type Card,
  type Checkpoint,
  type SavingOptions,
} from './networks/checkpoint.js';
export { listPretrained, pretrained } from './networks/pretrained.js';
export {
  postHocAverage,
  postHocShares,
  PowerAverage,
  powerOf,
  type AverageSnapshot,
  type AverageWidth,
} from './networks/post-hoc-average.js';
export { assignWeights, readWeights } from './networks/weights-file.js';
export {
  readSafetensors,
  writeSafetensors,
  type SafeTensors,
  type SafetensorsOptions,
  type StoredTensor,
} from './networks/safetensors.js';

// Training
export { Adam, type AdamOptions } from './training/adam.js';
export {
  Diverged,
  type Learner,
  train,
  type Training,
  type TrainingOptions,
  type TrainingProgress,
} from './training/train.js';
export { trainDenoiser, type DenoiserTraining } from './training/denoiser.js';
export {
  logitNormalLevels,
  logNormalLevels,
  logUniformLevels,
  karrasPace,
  stratifiedLevels,
  uniformLevels,
  type LevelSource,
} from './training/levels.js';
export { trainConsistency, type ConsistencyTraining } from './training/consistency.js';
export { trainHybrid, type HybridTraining } from './training/hybrid.js';
export { trainNaive, type NaiveProgress, type NaiveTraining } from './training/naive.js';
export { trainCategorical, type CategoricalTraining } from './training/categorical.js';
export { trainAutoencoder, type AutoencoderTraining } from './training/autoencoder.js';
export { trainClassifier, type ClassifierTraining } from './training/classifier.js';
export { type Recipe, recipe, type RecipeOptions, type RecipeWithOptions } from './training/recipe.js';

// Sampling: ways back
export { sample } from './sampling/sample.js';
export { type RuleAndLevels, type Sampling } from './sampling/options.js';
export { drawRules, fixed, fresh, inferred, mixed } from './sampling/draw-rules.js';
export { ancestral, improve, reinject, renoise, rules, type StepVariance } from './sampling/rules.js';
export { dpmSolver2M, heun } from './sampling/solvers.js';
export { churn, type ChurnOptions, type ChurnRule } from './sampling/churn.js';
export { dps, type PosteriorOptions } from './sampling/dps.js';
export {
  replacing,
  resampled,
  spectral,
  type Replacement,
  type Resampling,
  type SpectralOptions,
} from './sampling/known-rules.js';
export {
  geometricLevels,
  karrasLevels,
  reinjectionLevels,
  type GeometricOptions,
  type KarrasOptions,
  type ReinjectionOptions,
} from './sampling/noise-levels.js';
export { type StepsBack } from './sampling/steps-back.js';
export { sampleDenoiseRenoise, type DenoiseRenoiseSampling } from './sampling/denoise-renoise.js';
export { sampleCold, type ColdSampling } from './sampling/cold.js';
export { sampleDdim, type DdimSampling } from './sampling/ddim.js';
export { langevin } from './sampling/langevin-rule.js';
export { sampleLangevin, type LangevinSampling } from './sampling/langevin.js';
export { invert, type Inversion } from './sampling/invert.js';
export { sampleNaive, type NaiveSampling } from './sampling/naive.js';
export { sampleCategorical, type CategoricalSampling, type Corrector } from './sampling/categorical.js';
export { collect, disposeTurns, last } from './sampling/collect.js';

// Evaluation: all questions about a model at once
export { asJudge, loadClassifier, type Judge, type JudgeNotes, type Opinion } from './evaluation/judge.js';
export { evaluate, type Beside, type Evaluation, type EvaluationOptions } from './evaluation/evaluate.js';
export { bitsPerDimension, type Bits, type BitsOptions } from './evaluation/bits.js';
export { fitVariance, type VarianceOptions } from './evaluation/fit-variance.js';
export { odeBits, type OdeBits, type OdeBitsOptions } from './evaluation/ode-bits.js';
export { paletteBits, type PaletteBitsOptions } from './evaluation/palette-bits.js';
export { loadReference, type Reference } from './evaluation/reference.js';
export {
  loadResults,
  resultColumns,
  resultTable,
  type Column,
  type EvaluationResult,
  type ResultsOptions,
  type SweepPoint,
} from './evaluation/results.js';
export { loadRows } from './evaluation/rows.js';
export {
  measureRandomness,
  sampleModel,
  sampleSet,
  type ModelSampling,
  type Randomness,
  type SampleBatch,
} from './evaluation/sample-model.js';
export {
  prepareSampler,
  samplers,
  type ReadySampler,
  type SamplerParts,
  type SamplerRun,
} from './evaluation/samplers.js';

// Metrics: one question each
export * from './metrics/index.js';

// Display: pictures and figures
export * from './display/index.js';
export type { Traffic, Workers } from './workers/workers.js';
