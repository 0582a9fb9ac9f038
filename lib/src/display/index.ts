/* What shows: pictures, films and figures. */

export { blockDiagram, type Block, type BlockDiagramOptions, type Skip } from './block-diagram.js';
export { animate, Gif, type GifOptions } from './gif.js';
export {
  barChart,
  heatmap,
  histogram,
  lineChart,
  type AxisOptions,
  type BarChartOptions,
  type Curve,
  type Heights,
  type HeatmapOptions,
  type HistogramOptions,
  type LineChartOptions,
  type Numbers,
} from './charts.js';
export { Figure, plot, type FigureOptions, type PlotlyFigure, type PlotlyLayout } from './figure.js';
export { grid, type GridOptions } from './grid.js';
export { inKernel, type Bundle } from './jupyter.js';
export { live, LiveReport, type LiveOptions, type LiveStep } from './live.js';
export { Picture } from './picture.js';
export { Player, player, type PlayerOptions } from './player.js';
export { type Drawable, type ImageSource } from './pixels.js';
export { type FilmOptions, type Frames } from './frames.js';
export { scrubber, type ScrubberOptions } from './scrubber.js';
export { type SheetOptions } from './sheet.js';
export { show } from './show.js';
export { slider, Slider, type SliderCourse, type SliderOptions } from './slider.js';
export { spectrogram, type SpectrogramOptions } from './spectrogram.js';
export { strip, type StripOptions } from './strip.js';
export { colourCycle } from './theme.js';
export { watch, type WatchOptions } from './watch.js';
export { type Displayable, Shown } from './displayable.js';
export { type Canvas, type Context, type Pixels } from '../platform/types.js';
