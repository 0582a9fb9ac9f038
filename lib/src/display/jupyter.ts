import { base64 } from '#platform/base64.js';
import { notebookWriter } from '#platform/output.js';
import type { Bundle } from '../platform/types.js';

export type { Bundle } from '../platform/types.js';

/** How an output is sent. */
export interface OutputOptions {
  /** A name under which the output can be replaced later. */
  id?: string;
  /** Replaces the output of this `id`, wherever it stands, instead of adding a new one. */
  update?: boolean;
  /** MIME type → details, for example `{ 'image/png': { width: 320 } }`. */
  metadata?: Bundle;
}

/** Whether this code runs in a notebook, so that outputs have somewhere to go. */
export function inKernel(): boolean {
  return notebookWriter() !== undefined;
}

/** Whether outputs of this place can be replaced by newer ones, as a report on work in progress asks for. */
export function replacesOutputs(): boolean {
  const write = notebookWriter();
  return write !== undefined && write.replaces !== false;
}

/** Sends one output to the notebook. Returns false, and does nothing, outside a kernel. */
export function sendOutput(bundle: Bundle, { id, update = false, metadata = {} }: OutputOptions = {}): boolean {
  const write = notebookWriter();
  if (!write) return false;
  write({ data: asJson(bundle), metadata, transient: id ? { display_id: id } : {} }, update);
  return true;
}

/** An output as it is sent: bytes as base64 text. */
export function asJson(bundle: Bundle): Bundle {
  const data: Bundle = {};
  for (const [type, content] of Object.entries(bundle)) {
    if (content !== undefined && content !== null)
      data[type] = content instanceof Uint8Array ? base64(content) : content;
  }
  return data;
}

/** A text as HTML that shows it, between tags. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
