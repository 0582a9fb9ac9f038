/**
 * A text with something else between two of its markers: `<!-- NAME -->`, on a line of its own, and
 * `<!-- end of NAME -->`.
 * @param file where the text is from, for the error
 * @throws {Error} naming the file and the marker that is not there
 */
export function withSection(text: string, name: string, section: string, file: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const from = text.indexOf(begin);
  if (from < 0) throw new Error(`${file}: expected a line '${begin.trim()}', before what is put there`);
  const to = text.indexOf(end, from);
  if (to < 0) throw new Error(`${file}: expected '${end}' somewhere after '${begin.trim()}'`);
  return text.slice(0, from + begin.length) + section + text.slice(to);
}
