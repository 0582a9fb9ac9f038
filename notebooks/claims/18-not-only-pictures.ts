// What chapter 18 claims of its outputs, and of the model that it listens to.
import { claim, near } from '../../scripts/claims/claim.js';
import { Json, type Outputs, tableOf } from '../../scripts/claims/outputs.js';

const instruments = ['pluck', 'bell', 'drum'];
const card = () => Json.read('data/checkpoints/sounds.json');
/** How many sounds of an instrument are heard as asked for, and of how many. */
const rightOf = (o: Outputs, name: string) => o.numbers(new RegExp(`^${name}: (?=[0-9])`)).slice(0, 2);
/** The notes asked for of drums that are heard more than ten semitones too high. */
function farDrums(o: Outputs): number[] {
  const figure = o.figure('Figure 18.7');
  const heard = figure.y('drum');
  return figure.x('drum').filter((note, i) => heard[i] - note > 10);
}

export default [
  claim(
    'The points of the network are {0.014} from the note on average, where other points of the note are {0.002} from it, and {1.8} % of them are further off than a tenth.',
    (o) => [o.number('the network: from the note'), o.number('the world: from the note'), o.number('the network: from the note', 2)],
  ),
  claim(
    'Head, stem and flag have {42}, {33} and {25} % of them; in the world it is {39}, {36} and {25}.',
    (o) => ['network', 'world'].flatMap((who) => o.numbers(`the ${who}: from the note`).slice(3)),
  ),
  claim(
    'Noise lies {0.7} away.',
    (o) => o.number(/^noise: from the note/),
  ),
  claim(
    'that we listen to has had {1,420}, which take minutes',
    () => card().number('steps'),
  ),
  claim(
    'None is misheard, and the median error is below a hundredth of a semitone.',
    (o) => instruments.flatMap((name) => o.numbers(`${name}: of`).slice(1)),
    (...values) => values.length === 6 && values.every((value, i) => (i % 2 === 0 ? value === 0 : value < 1)),
  ),
  claim(
    'Under a noise of 0.5, three times as strong as the sounds, the ear hears {78} % right, and {12.5} % under one of 2.',
    (o) => ['0.5', '2'].map((sigma) => o.number(`noise ${sigma}: heard right`)),
  ),
  claim(
    'In sixty steps the loss falls from {1.01} to {0.64}.',
    (o) => o.numbers('loss of the first step').slice(0, 2),
  ),
  claim(
    'That of the model below had fallen to {0.20} when its training ended.',
    () => card().number('loss'),
  ),
  claim(
    'Of the notes that it has heard in training the model plays {99.6} % within a semitone of what was asked',
    (o) => o.number('notes that were played:', 2),
    (share) => share >= 95,
  ),
  claim(
    ', of those that were never played {97.9} %',
    (o) => o.number('notes never played:', 2),
    (share) => share >= 90,
  ),
  claim(
    '; noise alone would be right in {2.8} %.',
    (o) => o.number('noise alone:'),
  ),
  claim(
    'The 97.9 % are {47} of {48} sounds that nobody has played: a new note on an old instrument is no riddle to the model, which has learnt notes and instruments apart.',
    (o) => o.numbers('notes never played:').slice(0, 2),
    (right, all) => right / all > 0.9,
  ),
  claim(
    'Within *half* a semitone it is {90} % of the played ones and {85} % of the others.',
    (o) => [o.number('notes that were played:', 3), o.number('notes never played:', 3)],
  ),
  claim(
    'All strings and bells are right; of the drums {94} of {96} are, and the one far above the line in figure 18.7 is a low C of a drum.',
    (o) => [...rightOf(o, 'drum'), ...rightOf(o, 'pluck'), ...rightOf(o, 'bell'), ...farDrums(o)],
    (right, all, plucks, allPlucks, bells, allBells, ...far) =>
      right < all && plucks === allPlucks && bells === allBells && far.length === 1 && far[0] === 0,
  ),
  claim(
    'Here the model is found out. Its strings are out of tune by {22} hundredths of a semitone (standard deviation), where those of the world have {11}: a model that was trained for two and a half minutes of the processor plays the right note, and not quite in tune.',
    (o) => { const [, world, , model] = o.numbers('pluck, tuning in cents: world'); return [model, world, card().number('processorMinutes')]; },
    (model, world, minutes) => model > 1.5 * world && near(minutes, 2.5, 0.1),
  ),
  claim(
    'The middle of its drums lies {1.25} times as high as their pitch, that of real ones {1.11} times: it hisses.',
    (o) => { const [world, , model] = o.numbers('drum, middle over pitch: world'); return [model, world]; },
    (model, world) => model > 1.05 * world,
  ),
  claim(
    'All in all the Fréchet distance of the three traits is {2.99}, where it is {0.02} for as many real sounds.',
    (o) => o.numbers('Fréchet distance of three traits: model'),
  ),
  claim(
    'It is no copyist: its sounds are {0.107} from the nearest training sound, where sounds that it has not heard are {0.071} from it',
    (o) => o.numbers('nearest training sound: of the model'),
    (model, world) => model > world,
  ),
  claim(
    ', and the chance that one of its own is the nearer one is {0.23}.',
    (o) => o.number('nearer than an unseen sound with probability'),
    (share) => share < 0.5,
  ),
  claim(
    'Only {102} of {240} sounds have a nearest training sound of the same instrument and the same note',
    (o) => o.numbers('the nearest is of the same instrument and note:').slice(0, 2),
    (same, all) => same < 0.5 * all,
  ),
  claim(
    '{64} of the {64} notes are right, by the ear.',
    (o) => o.numbers(/^(?=\d+ of 64 notes)/),
  ),
  claim(
    'With 6 steps {100} % are right, and with 2 still {97} %: the pitch is the first thing that is decided. Listen to the rest, though.',
    (o) => ['6', '2'].map((steps) => o.number(new RegExp(`^${steps} steps:`))),
    (six, two) => six > 80 && two > 60,
  ),
  claim(
    'The bells last {275} milliseconds. From a noise of 0.1 what comes back lasts {278}, from 0.3 {261}, and from 1 {214}.',
    (o) => [o.number('bells: lasts'), ...['0.1', '0.3', '1'].map((sigma) => o.number(`from a noise of ${sigma}: lasts`))],
  ),
  claim(
    'By its length, the bell is still a bell after little noise; after a noise of 1, six times as strong as the sounds, it has gone a good part of the way to a string, which lasts {180} when the model plays it.',
    (o) => [o.number('pluck, milliseconds: world', 2), o.number('bells: lasts'), o.number('from a noise of 0.1: lasts'), o.number('from a noise of 1: lasts')],
    (string, bell, little, much) => near(little, bell, 0.1) && much < bell - 0.4 * (bell - string),
  ),
  claim(
    'the middle of the spectrum lies {1.24} times as high as the pitch in the bells, {1.11} times from a noise of 0.1, and {1.07} from 0.3.',
    (o) => [
      o.numbers('bells: lasts')[1],
      ...['0.1', '0.3'].map((sigma) => o.numbers(`from a noise of ${sigma}: lasts`)[1]),
    ],
    (bell, little, more) => bell > little && little > more,
  ),
  claim(
    'Ours hears {440} hertz, an octave too high: the second partial is now the strongest.',
    (o) => o.number('the ear hears'),
  ),
  claim(
    'What is left still repeats itself 220 times in a second, and a sound that is compared with itself, moved by so many samples, shows it: it is most like itself after {18} samples.',
    (o) => o.number('most like itself after'),
  ),
  claim(
    'Strings and bells end a little quieter in the model than in the world, {0.032} against {0.038} and {0.077} against {0.102}.',
    (o) => ['pluck', 'bell'].flatMap((name) => o.numbers(`${name}, the end: world`).slice(0, 2).reverse()),
    (pluck, ofWorld, bell, ofBell) => pluck < ofWorld && bell < ofBell,
  ),
  claim(
    'For drums, which are nearly silent by then, the world has {0.0073}, and the model {0.0237}.',
    (o) => o.numbers('drum, the end: world'),
    (world, model) => model > 1.5 * world,
  ),
  claim(
    'Much: {21} % of the points are now further off than a tenth, where it was {1.8} %, and the mean distance is {0.053}.',
    (o) => [o.number('without waves: from the note', 2), o.number('the network: from the note', 2), o.number('without waves: from the note')],
    (without, within) => without > 3 * within,
  ),
  claim(
    'about two minutes on two processor cores',
    () => tableOf('bench/README.md', 'chapter | 1').number('seconds', '18') / 60,
    (minutes) => near(minutes, 2, 0.2),
  ),
];
