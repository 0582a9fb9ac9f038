import { loadAnimals } from '../data/animals.js';
import { Registry } from '../registry.js';
import type { Degradation, Schedule, Spec } from '../types.js';
import { animorphosis } from './animals.js';
import { binomial } from './binomial.js';
import { blur } from './blur.js';
import { desaturate } from './desaturate.js';
import { fadeToBlack, fadeToColours } from './fade.js';
import { gaussian, type GaussianOptions } from './gaussian.js';
import { mask } from './mask.js';
import { pixelate } from './pixelate.js';
import { cosineSchedule, explodingSchedule, flowSchedule, linearSchedule } from './schedules.js';
import { snow } from './snow.js';
import { binomialWalk, type Walk } from './walk.js';

/** The schedules of Gaussian noise that checkpoints can name; open to a reader's own. */
export const schedules = new Registry<Schedule>('schedule');
schedules.define('cosine', cosineSchedule);
schedules.define('linear', linearSchedule);
schedules.define('exploding', explodingSchedule);
schedules.define('flow', flowSchedule);

/** The degradations that checkpoints can name; open to a reader's own. */
export const degradations = new Registry<Degradation>('degradation');
degradations.define('animorphosis', async ({ animals: _, ...options }) =>
  animorphosis({ animals: await loadAnimals(), ...options }),
);
degradations.define('binomial', binomial);
degradations.define('blur', blur);
degradations.define('desaturate', desaturate);
degradations.define('fadeToBlack', fadeToBlack);
degradations.define('fadeToColours', fadeToColours);
degradations.define('gaussian', async ({ schedule, range }) =>
  gaussian({
    ...(schedule !== undefined && { schedule: await schedules.make(schedule as Spec) }),
    ...(range !== undefined && { range: range as GaussianOptions['range'] }),
  }),
);
degradations.define('mask', mask);
degradations.define('pixelate', pixelate);
degradations.define('snow', snow);

/** The walks that checkpoints can name; open to a reader's own. */
export const walks = new Registry<Walk>('walk');
walks.define('binomialWalk', binomialWalk);
