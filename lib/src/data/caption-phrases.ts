import type { FaceAttribute } from './faces.js';

/** Where a phrase stands: before the noun, after "with" or "wearing", behind the noun, or as the place of it all. */
export type Place = 'before' | 'with' | 'wearing' | 'behind' | 'wall';
/** Phrases by their place. */
export type Phrases = Readonly<Partial<Record<Place, readonly string[]>>>;
/** What may be said of a value: what is there to learn from, and what is kept to test with. */
export interface Said {
  seen: Phrases;
  heldOut: Phrases;
}

/** What a caption speaks of. */
export const nouns: readonly string[] = ['man', 'person', 'face'];

/** Other words for the colours and shapes; a value that is not there is called by its name alone. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  skyblue: ['sky blue', 'pale blue'],
  lilac: ['lilac', 'purple'],
  rose: ['rose', 'pink'],
  peach: ['peach', 'orange'],
  mint: ['mint', 'light green'],
  lemon: ['lemon', 'yellow'],
  slate: ['slate', 'dark blue'],
  tan: ['tan', 'tanned'],
  blond: ['blond', 'fair'],
  red: ['red', 'ginger'],
  grey: ['grey', 'silver'],
  short: ['short', 'cropped'],
  curly: ['curly', 'frizzy'],
  long: ['long', 'flowing'],
};

/** All names of a value. */
export const namesOf = (value: string): readonly string[] => synonyms[value] ?? [value];

const walls: Said = {
  seen: { wall: ['in front of a {} wall', 'before a {} background', 'on a {} background'] },
  heldOut: { wall: ['in front of a background that is {}', 'on a wall that is {}'] },
};
const skins: Said = {
  seen: { before: ['{}-skinned'], with: ['{} skin', 'a {} face'] },
  heldOut: { behind: ['whose skin is {}', 'who has {} skin'] },
};
const hair: Said = {
  seen: { before: ['{}-haired'], with: ['{} hair', 'hair that is {}'], behind: ['whose hair is {}'] },
  heldOut: { behind: ['who has {} hair', 'who wears {} hair'] },
};
const grown = (adjective: string): Said => ({
  seen: { before: [adjective], with: ['a {}'], behind: ['who has a {}'] },
  heldOut: { wearing: ['a {}'], behind: ['who wears a {}'] },
});

/** What is said of hair whose style and colour are both named; the style stands for {}, the colour for []. */
export const styleAndColour: Said = {
  seen: { with: ['{} [] hair', '{} hair that is []'] },
  heldOut: { behind: ['who has {} [] hair', 'whose [] hair is {}'] },
};

/** What is said of each value, where it is not said of all values of its attribute. */
const own: Partial<Record<FaceAttribute, Readonly<Record<string, Said>>>> = {
  hair: {
    bald: {
      seen: { before: ['bald', 'hairless'], with: ['no hair', 'a bald head'], behind: ['who is bald'] },
      heldOut: { behind: ['without hair', 'who has no hair', 'whose head is bald'] },
    },
  },
  glasses: {
    none: {
      seen: { with: ['no glasses'], behind: ['without glasses', 'who wears no glasses'] },
      heldOut: { wearing: ['no glasses'], behind: ['who has no glasses'] },
    },
    clear: {
      seen: {
        with: ['clear glasses', 'glasses that are clear'],
        wearing: ['clear glasses', 'spectacles'],
        behind: ['who wears spectacles'],
      },
      heldOut: { with: ['spectacles'], behind: ['who wears clear glasses', 'whose glasses are clear'] },
    },
    dark: {
      seen: {
        with: ['dark glasses', 'sunglasses'],
        wearing: ['dark glasses', 'sunglasses', 'shades'],
        behind: ['who wears sunglasses'],
      },
      heldOut: {
        with: ['shades', 'glasses that are dark'],
        behind: ['who wears dark glasses', 'whose glasses are dark'],
      },
    },
  },
  facialHair: {
    none: {
      seen: { before: ['clean-shaven', 'beardless'], with: ['no beard'], behind: ['who is clean-shaven'] },
      heldOut: { behind: ['without a beard', 'who has no beard', 'who is beardless'] },
    },
    moustache: grown('moustached'),
    goatee: grown('goateed'),
    beard: grown('bearded'),
  },
};

const all: Partial<Record<FaceAttribute, Said>> = { background: walls, skin: skins, hairColor: hair, hair };

/** What is said of a value, with {} in the place of its name. */
export const saidOf = (attribute: FaceAttribute, value: string): Said => (own[attribute]?.[value] ?? all[attribute])!;
