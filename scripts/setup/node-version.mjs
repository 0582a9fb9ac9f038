// @ts-check
// Which Node runs.
import { Problem } from './problem.mjs';

const NEEDED = [20, 19, 0];

/**
 * Throws unless this Node is new enough and the system is one that set-up knows.
 * @param {string} [version]
 * @param {string} [platform]
 */
export function checkNode(version = process.versions.node, platform = process.platform) {
  const came = version.split('.').map(Number);
  const first = NEEDED.findIndex((n, i) => n !== came[i]);
  if (first >= 0 && came[first] < NEEDED[first]) {
    throw new Problem(
      `Node ${NEEDED[0]}.${NEEDED[1]} or newer is needed, this is Node ${version}.`,
      'Install a newer one (https://nodejs.org, or `nvm install 22`) and run the same command again.',
    );
  }
  if (platform === 'win32') {
    throw new Problem(
      'Windows itself is not supported.',
      'Use WSL 2 (`wsl --install` in PowerShell), clone the repository inside it, and run the same command there.',
    );
  }
}
