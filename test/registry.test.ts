import { describe, expect, it } from 'vitest';
import { degradations, networks, Registry, rules, type Spec } from 'naive-diffusion';

/** Things with options that they know of. */
const things = () => {
  const registry = new Registry<{ spec: Spec; size: number }, string>('thing');
  registry.define('box', ({ size = 1 }: { size?: number }) => ({ spec: { kind: 'box', size }, size }));
  registry.define('bag', async ({ size = 2 }: { size?: number }) => {
    await Promise.resolve();
    return { spec: { kind: 'bag', size }, size };
  });
  return registry;
};

describe('a registry', () => {
  it('makes what a spec describes, whether its maker takes time or not', async () => {
    const registry = things();
    expect((await registry.make({ kind: 'box', size: 7 }, 'context')).size).toBe(7);
    expect((await registry.make({ kind: 'bag' }, 'context')).size).toBe(2);
    expect(registry.kinds).toEqual(['bag', 'box']);
  });

  it('hands its makers what else there is to know', async () => {
    const registry = new Registry<string, string>('word');
    registry.define('echo', (_, context) => context);
    expect(await registry.make({ kind: 'echo' }, 'hello')).toBe('hello');
  });

  it('takes a later definition in the place of an earlier one, so that a cell can be run again', async () => {
    const registry = things();
    registry.define('box', () => ({ spec: { kind: 'box' }, size: 99 }));
    expect((await registry.make({ kind: 'box' }, '')).size).toBe(99);
    expect(registry.kinds).toEqual(['bag', 'box']);
  });

  it('names what there is when it is asked for what there is not', async () => {
    await expect(things().make({ kind: 'crate' }, '')).rejects.toThrow(
      "the thing must be one of bag, box, got 'crate'; one of your own must be defined before it is loaded",
    );
    await expect(things().make(null as never, '')).rejects.toThrow('the thing must be one of bag, box, got null');
    await expect(things().make({} as never, '')).rejects.toThrow('the thing must be one of bag, box, got {}');
  });

  it('refuses options that would be ignored', async () => {
    await expect(things().make({ kind: 'box', szie: 7 }, '')).rejects.toThrow(
      'the thing box has no option szie; it has size',
    );
    await expect(things().make({ kind: 'box', toString: 7 }, '')).rejects.toThrow(
      'the thing box has no option toString',
    );
  });

  it('refuses definitions that are none', () => {
    expect(() => things().define('', () => ({ spec: { kind: '' }, size: 0 }))).toThrow(
      'define: kind must be the name of a thing, got ""',
    );
    expect(() => things().define('box', 3 as never)).toThrow(
      "define: make must be a function that makes the thing 'box', got number",
    );
  });
});

describe('the registries of the library', () => {
  it('make each degradation again from its own spec, and refuse an option that it does not have', async () => {
    for (const kind of degradations.kinds) {
      const first = await degradations.make(kind === 'fadeToColours' ? { kind, colours: 3 } : { kind });
      const again = await degradations.make(JSON.parse(JSON.stringify(first.spec)) as Spec);
      expect(again.spec, kind).toEqual(first.spec);
      await expect(degradations.make({ ...first.spec!, sgima: 1 })).rejects.toThrow(`${kind} has no option sgima`);
    }
  });

  it('make each rule again from its own spec', async () => {
    for (const draw of [{ kind: 'fixed' }, { kind: 'fresh' }, { kind: 'inferred' }, { kind: 'mixed', eta: 0.3 }]) {
      for (const kind of ['renoise', 'improve'])
        expect((await rules.make({ kind, draw })).spec).toEqual({ kind, draw });
    }
    expect((await rules.make({ kind: 'heun' })).spec).toEqual({ kind: 'heun' });
    await expect(rules.make({ kind: 'euler' })).rejects.toThrow(
      'the rule must be one of ancestral, churn, dpm-solver-2m, heun, improve, langevin, reinject, renoise',
    );
  });

  it('know the networks, and refuse configurations with what they do not know', async () => {
    expect(networks.kinds).toEqual([
      'categorical-unet',
      'classifier',
      'diffusion-transformer',
      'fourier-unet',
      'residual-unet',
      'sound-unet',
      'text-encoder',
      'unet',
    ]);
    for (const [kind, more] of Object.entries({
      unet: {},
      'residual-unet': {},
      'diffusion-transformer': {},
      'categorical-unet': { palette: [[0], [1]] },
      classifier: { heads: { side: ['left', 'right'] } },
    }))
      await expect(networks.make({ kind, ...more, memory: true }), kind).rejects.toThrow('memory is not an option');
    for (const wrong of [{ upsampling: 'bilinear' }, { output: 'tanh' }, { skips: 1 }, { dense: 0.5 }, { widths: [0] }])
      await expect(networks.make({ kind: 'unet', ...wrong }), JSON.stringify(wrong)).rejects.toThrow(
        `unet: ${Object.keys(wrong)[0]} must be`,
      );
  });
});
