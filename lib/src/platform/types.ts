/* What both platforms speak of. */

/** What is drawn on: the part of a canvas that Node's and the browser's have in common. */
export interface Canvas {
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** What draws on it. */
  getContext(kind: '2d'): Context;
}

/**
 * What draws on a {@link Canvas}: the part of a `CanvasRenderingContext2D` that is used. Written out, since programs
 * for Node know no such name.
 */
export interface Context {
  /** A colour, or what the canvas makes of one. */
  fillStyle: string | object;
  /** As CSS has it. */
  font: string;
  /** Whether enlarged pixels run into each other. */
  imageSmoothingEnabled: boolean;
  /** Where a text lies from its place. */
  textAlign: 'center' | 'end' | 'left' | 'right' | 'start';
  /** Which line of a text its place is on. */
  textBaseline: 'alphabetic' | 'bottom' | 'hanging' | 'ideographic' | 'middle' | 'top';
  /** Begins a shape. */
  beginPath(): void;
  /** Fills the shape. */
  fill(): void;
  /** Fills a rectangle. */
  fillRect(x: number, y: number, width: number, height: number): void;
  /** Draws a text. */
  fillText(text: string, x: number, y: number): void;
  /** How wide a text is. */
  measureText(text: string): { readonly width: number };
  /** Adds a rectangle with round corners to the shape. */
  roundRect(x: number, y: number, width: number, height: number, radius: number): void;
  /** Empty pixels. */
  createImageData(width: number, height: number): Pixels;
  /** What is drawn on a part of the canvas. */
  getImageData(x: number, y: number, width: number, height: number): Pixels;
  /** Puts pixels in the place of what is there. */
  putImageData(pixels: Pixels, x: number, y: number): void;
  /** Draws what another canvas has, as large as it is. */
  drawImage(canvas: Canvas, x: number, y: number): void;
  /** Draws what another canvas has, in this size. */
  drawImage(canvas: Canvas, x: number, y: number, width: number, height: number): void;
}

/** Pixels of a canvas: four bytes for each, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** The pixels of a picture, a byte for each value, row by row. */
export interface DecodedImage {
  width: number;
  height: number;
  /** 4: red, green, blue and opacity, colours not multiplied by it. */
  channels: 3 | 4;
  data: Uint8Array;
}

/** What lies in a folder. */
export interface FolderEntry {
  name: string;
  /** Whether it is a folder, or a link to one. */
  isFolder: boolean;
  isLink: boolean;
}

/** One output in several forms: MIME type → content. Bytes are sent as base64, objects as JSON. */
export type Bundle = Record<string, unknown>;

/** What a notebook takes: the content of Jupyter's message `display_data`. */
export interface DisplayData {
  data: Bundle;
  metadata: Bundle;
  transient: { display_id?: string };
}

/** Sends an output to a notebook, or replaces the one of the same `display_id`. */
export interface WriteOutput {
  (content: DisplayData, update: boolean): void;
  /** `false` where outputs can only be added: what would replace one is then added as well. */
  readonly replaces?: boolean;
}

/** How figures are drawn as PNG files. */
export interface DrawingOptions {
  /** The typeface. */
  font: string;
  /** How many pixels of the file a pixel of the figure has. */
  scale?: number;
  /** Name of the public function, for errors. */
  caller?: string;
}
