// @ts-check
// Jupyter's wire protocol: signed JSON in several frames.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

const DELIMITER = '<IDS|MSG>';

/**
 * @typedef {object} Message
 * @property {Buffer[]} identities
 * @property {Record<string, any>} header
 * @property {any} content
 */

/**
 * @param {string} key
 * @param {string[]} parts
 */
function sign(key, parts) {
  if (!key) return '';
  const hash = createHmac('sha256', key);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/**
 * @param {string} key
 * @param {Buffer[]} frames
 * @returns {Message}
 */
export function parse(key, frames) {
  const at = frames.findIndex((f) => f.toString() === DELIMITER);
  if (at < 0) throw new Error('a message without delimiter');
  const [signature = '', ...parts] = frames.slice(at + 1).map(String);
  const json = parts.slice(0, 4);
  const expected = Buffer.from(sign(key, json));
  const given = Buffer.from(signature);
  if (key && !(expected.length === given.length && timingSafeEqual(expected, given)))
    throw new Error('a message with a wrong signature');
  const [header = '{}', , , content = '{}'] = json;
  return { identities: frames.slice(0, at), header: JSON.parse(header), content: JSON.parse(content) };
}

/**
 * The frames of an answer to `parent`.
 * @param {string} key @param {Message} parent @param {string} type @param {unknown} content @param {object} [metadata]
 */
export function answer(key, parent, type, content, metadata = {}) {
  const header = {
    msg_id: randomUUID(),
    msg_type: type,
    session: parent.header.session,
    username: parent.header.username,
    date: new Date().toISOString(),
    version: '5.3',
  };
  const parts = [header, parent.header, metadata, content].map((part) => JSON.stringify(part));
  return [...parent.identities, DELIMITER, sign(key, parts), ...parts];
}
