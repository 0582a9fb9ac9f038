/** What the test of running pages opens in a browser: the runner of a chapter's page, without the site around it. */
import { RunningNotebook } from '../../site/.vitepress/theme/run/notebook.js';
import { Session } from '../../site/.vitepress/theme/run/session.js';

// The cells stand in the address.
document.body.innerHTML = decodeURIComponent(location.hash.slice(1));
const notebook = new RunningNotebook(document.body, () => new Session('/run/worker.js', { QUICK: '1' }));
Object.assign(globalThis, { notebook });
