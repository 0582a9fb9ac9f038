// @ts-check
// An error that a reader can act upon: what is wrong, and the remedy.

export class Problem extends Error {
  /**
   * @param {string} message what is wrong, in one sentence
   * @param {string} remedy what to do about it
   * @param {string} [details] what a command printed, shown above the message
   * @param {number} [status] what the command ends with: 2 where it was called in a wrong way
   */
  constructor(message, remedy, details = '', status = 1) {
    super(message);
    this.status = status;
    this.name = 'Problem';
    this.remedy = remedy;
    this.details = details;
  }
}

/**
 * What people see of a problem.
 * @param {unknown} error
 */
export function describeProblem(error) {
  if (!(error instanceof Problem)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const details = error.details.trim();
  return `${details ? `${details}\n\n` : ''}error: ${error.message}\n  ${error.remedy.replaceAll('\n', '\n  ')}`;
}

/** @typedef {{ needs?: string }} Circumstances what the step writes, as in "about 700 MB in node_modules" */

/**
 * Finds the known cause in what a failed command printed, or in an error of our own writes.
 * @param {string} doing what was going on, as in "installing the npm packages"
 * @param {unknown} error an error, or the text a command printed
 * @param {Circumstances} [circumstances]
 * @returns {Problem}
 */
export function explain(doing, error, { needs } = {}) {
  if (error instanceof Problem) return error;
  const text =
    error instanceof Error
      ? `${/** @type {NodeJS.ErrnoException} */ (error).code ?? ''} ${error.message}`
      : String(error);
  const details = error instanceof Error ? error.message : tail(text, 40);
  for (const cause of CAUSES) {
    if (cause.signs.test(text)) return new Problem(`${cause.what} while ${doing}.`, cause.remedy(needs), details);
  }
  return new Problem(
    `${doing} failed.`,
    'What it printed stands above. Run the same command again: what is done is kept.',
    details,
  );
}

const CAUSES = [
  {
    signs: /ENOSPC|EDQUOT|No space left on device|\[Errno 28\]|Disk quota exceeded/i,
    what: 'The disk is full',
    remedy: (/** @type {string | undefined} */ needs) =>
      `Free some space${needs ? ` (this step needs ${needs})` : ''} and run the same command again. A first set-up needs about 2.5 GB in all.`,
  },
  {
    signs: /CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER_CERT|VERIFY)|certificate verify failed/i,
    what: 'The certificate of a package registry was not trusted',
    remedy: () =>
      'Behind a proxy with a certificate of its own, name that certificate in NODE_EXTRA_CA_CERTS (npm) and PIP_CERT (pip), and run the same command again.',
  },
  {
    signs:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|name resolution|NewConnectionError|ConnectTimeout|ReadTimeout|Network is unreachable|ProxyError|network connectivity|from versions: none/i,
    what: 'The network, or a package registry, could not be reached',
    remedy: () =>
      'Check the connection and the proxy settings (HTTPS_PROXY, `npm config get registry`, `pip config list`), and run the same command again: what is done is kept.',
  },
  {
    signs: /EACCES|EPERM|EROFS|Permission denied|Read-only file system/i,
    what: 'Writing was not permitted',
    remedy: () =>
      'The folder of the repository and the cache folder must belong to you. Do not mix runs with and without sudo.',
  },
];

/**
 * The last lines of a text.
 * @param {string} text
 * @param {number} lines
 */
function tail(text, lines) {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
