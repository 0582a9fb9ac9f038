import { createRequire } from 'node:module';

/** One output in several forms: MIME type → content. Bytes are sent as base64, objects as JSON. */
export type Bundle = Record<string, unknown>;

/** How an output is sent. */
export interface OutputOptions {
  /** A name under which the output can be replaced later. */
  id?: string;
  /** Replaces the output of this `id`, wherever it stands, instead of adding a new one. */
  update?: boolean;
  /** MIME type → details, for example `{ 'image/png': { width: 320 } }`. */
  metadata?: Bundle;
}

/** What the kernel takes: a Jupyter `display_data` message's content. */
interface DisplayData {
  data: Bundle;
  metadata: Bundle;
  transient: { display_id?: string };
}
type Write = (content: DisplayData, update: boolean) => void;

/** Whether this code runs in a notebook, so that outputs have somewhere to go. */
export function inKernel(): boolean {
  return writer() !== undefined;
}

/** Sends one output to the notebook. Returns false, and does nothing, outside a kernel. */
export function sendOutput(bundle: Bundle, { id, update = false, metadata = {} }: OutputOptions = {}): boolean {
  const write = writer();
  if (!write) return false;
  const data: Bundle = {};
  for (const [type, content] of Object.entries(bundle)) {
    if (content !== undefined && content !== null)
      data[type] = content instanceof Uint8Array ? base64(content) : content;
  }
  write({ data, metadata, transient: id ? { display_id: id } : {} }, update);
  return true;
}

/** Bytes as base64 text. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/**
 * The running cell's own way to write outputs. The kernel changes it with every cell, so it is looked up at each call;
 * and the kernel is found among the modules that this process has loaded, since it may have been started in any folder.
 */
function writer(): Write | undefined {
  const loaded = createRequire(import.meta.url).cache;
  const file = Object.keys(loaded).find((name) => /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(name));
  const kernel = file && (loaded[file]?.exports as { lastWriteDisplayData?: Write | null } | undefined);
  return (kernel && kernel.lastWriteDisplayData) || undefined;
}

/** A text as HTML that shows it, between tags. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
