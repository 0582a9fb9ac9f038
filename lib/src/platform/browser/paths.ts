/* Paths of a site are divided by slashes, and may begin as those of other sites do, with `https://`. */

/** The ending of a path with its dot; nothing where the name has none, or begins with its only one. */
export function extname(path: string): string {
  return /[^/](\.[^./]*)$/.exec(path)?.[1] ?? '';
}

/** Parts of a path as one, without steps up and down that cancel each other. */
export function join(...parts: string[]): string {
  const whole = parts.filter((part) => part !== '').join('/');
  const start = /^([a-z]+:\/\/[^/]*)?\/*/i.exec(whole)![0];
  const steps: string[] = [];
  for (const step of whole.slice(start.length).split('/')) {
    if (step === '..' && steps.length > 0 && steps.at(-1) !== '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return start.replace(/([^/:])?\/+$/, '$1/') + steps.join('/') || '.';
}

/** What leads from a folder to something that lies in it; other paths stay as they are. */
export function relative(from: string, to: string): string {
  const folder = from.endsWith('/') ? from : `${from}/`;
  return to.startsWith(folder) ? to.slice(folder.length) : to;
}
