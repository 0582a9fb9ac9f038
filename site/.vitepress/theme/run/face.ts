/** The worker that makes the faces of the front page, as the page sees it. */
import { MODEL, type FaceNews, type FaceOrder, type FacePictures } from '../../../run/face-protocol';

/** What the page does with what comes. */
export interface FaceListener {
  pictures(pictures: FacePictures): void;
  /** A face is ready. */
  made(about: string): void;
  failed(message: string): void;
}

export class FaceMaker {
  readonly #worker: Worker;
  readonly #listener: FaceListener;
  #looking = false;
  /** Where the slider has gone to while the worker computed: what lay between is left out. */
  #next?: number;

  /**
   * Starts a worker.
   * @param program its address
   * @param settings where the library finds what it needs
   */
  constructor(program: string, settings: Record<string, string>, listener: FaceListener) {
    this.#listener = listener;
    this.#worker = new Worker(program, { type: 'module' });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<FaceNews>) => this.#hear(data));
    this.#worker.addEventListener('error', () => listener.failed('the program that makes faces could not be loaded'));
    this.#send({ kind: 'start', settings });
    fetchAhead(`${settings.NAIVE_DIFFUSION_DATA}/checkpoints/${MODEL}.safetensors`);
    fetchAhead(`${settings.NAIVE_DIFFUSION_WASM}/tfjs-backend-wasm-simd.wasm`);
  }

  /** Makes a new face, out of the noise of a seed. */
  make(seed: number): void {
    this.#next = undefined;
    this.#send({ kind: 'make', seed });
  }

  /** Shows the face that was made last under its noise at a level, from 0 to 1, and what the network makes of that. */
  look(level: number): void {
    if (this.#looking) {
      this.#next = level;
      return;
    }
    this.#looking = true;
    this.#send({ kind: 'look', level });
  }

  /** Ends the worker. */
  end(): void {
    this.#worker.terminate();
  }

  #send(order: FaceOrder): void {
    this.#worker.postMessage(order);
  }

  #hear(news: FaceNews): void {
    if (news.kind === 'pictures') this.#listener.pictures(news);
    else if (news.kind === 'made') this.#listener.made(news.about);
    else this.#listener.failed(news.message);
    if (!this.#looking || news.kind === 'made') return;
    this.#looking = false;
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.look(next);
  }
}

/**
 * Fetches what the worker will ask for once it has started, and the browser then has already. Where that fails, the
 * worker says so when it asks.
 */
function fetchAhead(address: string): void {
  fetch(address)
    .then((response) => response.arrayBuffer())
    .catch(() => {});
}

/** Draws pixels of red, green and blue onto a canvas. */
export function paint(canvas: HTMLCanvasElement, side: number, pixels: Uint8Array): void {
  canvas.width = side;
  canvas.height = side;
  const image = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) image.data.set([...pixels.subarray(3 * i, 3 * i + 3), 255], 4 * i);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}
