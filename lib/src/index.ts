export * from './types.js';
export { tf } from './backend/tf.js';
export { CannotCompile, compile, type Compiled, type CompileOptions, type Tensors } from './backend/compile.js';
export { ImageSet, type ImageSetParts, type Selection } from './data/image-set.js';
export { loadAnimals, AnimalSet, type Animal } from './data/animals.js';
export { batches, type Batch, type BatchesOptions } from './data/batches.js';
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
export { loadFolder, type FolderOptions } from './data/folder.js';
export { loadIdx, type IdxOptions } from './data/idx.js';
export { writeWhole } from './files.js';
export { fitPalette, fromPalette, toPalette, type Palette, type PaletteOptions } from './data/palette.js';
export { dataPath } from './data/location.js';
export type { ImageBytes, Points, Rows } from './metrics/points.js';
export type { Interval } from './metrics/distributions.js';
export { nearestNeighbours, memorisation, type Neighbours, type Memorisation } from './metrics/neighbours.js';
export { countRepeats, type Repeats } from './metrics/repeats.js';
export { birthdayEstimate, type BirthdayEstimate } from './metrics/birthday.js';
export { rankTest, type RankTest } from './metrics/rank-test.js';
export {
  frechetDistance,
  frechetInterval,
  realFloor,
  type FrechetInterval,
  type RealFloor,
} from './metrics/frechet.js';
export { kernelDistance, type KernelDistance } from './metrics/kernel.js';
export { prdc, type PrecisionRecall } from './metrics/coverage.js';
export type { Attributes, Proportions, Vocabulary } from './metrics/attributes.js';
export { attributeProportions, distinctCombinations, type Combinations, type Proportion } from './metrics/variety.js';
export { novelCombinations, type Combination, type Novelty, type NoveltyOptions } from './metrics/novelty.js';
export {
  explainedVariance,
  startingBits,
  type ExplainedVariance,
  type Start,
  type StartingBits,
} from './metrics/randomness.js';
export type { Pictures } from './metrics/pictures.js';
export { highFrequencyShare, isolatedOutliers, type HighFrequency, type Outliers } from './metrics/sharpness.js';
export { psnr, rmse, ssim, type Scores } from './metrics/restoration.js';
export {
  accuracy,
  confusionMatrix,
  expectedCalibrationError,
  fitTemperature,
  type Calibration,
  type Share,
} from './metrics/calibration.js';
export { asJudge, loadClassifier, type Judge, type JudgeNotes, type Opinion } from './evaluation/judge.js';
export { evaluate, type Beside, type Evaluation, type EvaluationOptions } from './evaluation/evaluate.js';
export { loadReference, type Reference } from './evaluation/reference.js';
export { loadResults, resultColumns, resultTable, type Column, type EvaluationResult } from './evaluation/results.js';
export {
  measureRandomness,
  sampleModel,
  sampleSet,
  toBytes,
  type ModelSampling,
  type Randomness,
  type SampleBatch,
} from './evaluation/sample-model.js';
export { degradationNamed, type ReadySampler, type SamplerParts } from './evaluation/samplers.js';
export { Interrupted, listenForStop, steps, type StopListener } from './backend/interrupt.js';
export { Random } from './random.js';
export { binomialNoise, binomialWalk, type Walk } from './degradations/walk.js';
export { degradation, type Formula, type Shape } from './degradations/degradation.js';
export { animorphosis } from './degradations/animals.js';
export { binomial, type BinomialDraw } from './degradations/binomial.js';
export { blur } from './degradations/blur.js';
export { choose, ranks } from './degradations/chance.js';
export { desaturate } from './degradations/desaturate.js';
export { fadeToBlack, fadeToColours } from './degradations/fade.js';
export { gaussian } from './degradations/gaussian.js';
export { mask } from './degradations/mask.js';
export { pixelate } from './degradations/pixelate.js';
export { fitResidue, type ResidueFit } from './degradations/residue.js';
export { snow, type SnowDraw } from './degradations/snow.js';
export { countWeights, levels, Weights, asNetwork, type Model, type Network } from './networks/network.js';
export { coordinates, countPlanes, planes, type Facts } from './networks/planes.js';
export { naiveUnetConfig, unet, type UNetConfig } from './networks/unet.js';
export {
  denseResidualConfig,
  residualConfig,
  residualUnet,
  type ResidualUNetConfig,
} from './networks/residual-unet.js';
export { classifier, type Classifier, type ClassifierConfig, type Judgement } from './networks/classifier.js';
export {
  categoricalUnet,
  reveal,
  type CategoricalConfig,
  type CategoricalDenoiser,
  type CategoricalNetwork,
} from './networks/categorical.js';
export { sinusoidalEmbedding } from './networks/embeddings.js';
export { buildNetwork } from './networks/build.js';
export { loadCheckpoint, restore, saveCheckpoint, store, type Checkpoint } from './networks/checkpoint.js';
export { listPretrained, pretrained } from './networks/pretrained.js';
export { readSafetensors, writeSafetensors, type SafeTensors, type StoredTensor } from './networks/safetensors.js';
export { Adam, type AdamOptions } from './training/adam.js';
export { train, type Training, type TrainingOptions, type TrainingProgress } from './training/train.js';
export { trainNaive, type NaiveProgress, type NaiveTraining } from './training/naive.js';
export { trainClean, type CleanTraining } from './training/clean.js';
export { trainClassifier, type ClassifierTraining } from './training/classifier.js';
export { trainCategorical, type CategoricalTraining } from './training/categorical.js';
export { type Recipe, type Sampling } from './training/recipe.js';
export { sampleNaive, type NaiveSampling } from './sampling/naive.js';
export { sampleDenoiseRenoise, type DenoiseRenoiseSampling } from './sampling/denoise-renoise.js';
export { sampleCategorical, type CategoricalSampling, type Corrector } from './sampling/categorical.js';
export { sampleCold, type ColdSampling } from './sampling/cold.js';
export { type DrawSource, type WalkBack } from './sampling/walk-back.js';
export { collect, disposeTurns, last } from './sampling/collect.js';
export { type BackendInfo, budget, describeBackend, isQuick, ready } from './backend/select.js';
export { isNative } from './backend/native-op.js';
export * from './backend/random.js';
export * from './backend/ops.js';
export { crossEntropy } from './backend/cross-entropy.js';
export { silu } from './backend/silu.js';
export { animate, Gif, type GifOptions } from './display/gif.js';
export {
  barChart,
  heatmap,
  histogram,
  lineChart,
  type AxisOptions,
  type BarChartOptions,
  type Curve,
  type HeatmapOptions,
  type HistogramOptions,
  type LineChartOptions,
  type Numbers,
} from './display/charts.js';
export { Figure, plot, type FigureOptions, type PlotlyFigure, type PlotlyLayout } from './display/figure.js';
export { grid, type GridOptions } from './display/grid.js';
export { inKernel, type Bundle } from './display/kernel.js';
export { live, LiveReport, type LiveOptions, type LiveStep } from './display/live.js';
export { Picture } from './display/picture.js';
export { type Drawable, type ImageSource } from './display/pixels.js';
export { type FilmOptions, type Frames } from './display/frames.js';
export { scrubber, type ScrubberOptions } from './display/scrubber.js';
export { type SheetOptions } from './display/sheet.js';
export { show } from './display/show.js';
export { strip, type StripOptions } from './display/strip.js';
export { PALETTE } from './display/theme.js';
export { watch, type WatchOptions } from './display/watch.js';
