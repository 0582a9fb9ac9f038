import { describe, expect, it } from 'vitest';
import { Interrupted, listenForStop, loop } from 'naive-diffusion';

const loops = () => (globalThis as Record<symbol, unknown>)[Symbol.for('naive-diffusion.loops')] as { active: number };

describe('loop', () => {
  it('counts from 0 to n − 1', async () => {
    const seen: number[] = [];
    for await (const i of loop(4)) seen.push(i);
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('ends with Interrupted after the step during which stop was pressed', async () => {
    const seen: number[] = [];
    const endless = async () => {
      for await (const i of loop(100)) {
        seen.push(i);
        if (i === 2) process.emit('SIGINT');
      }
    };
    await expect(endless()).rejects.toBeInstanceOf(Interrupted);
    expect(seen).toEqual([0, 1, 2]);
  });

  it('listens only while it runs, however it ends', async () => {
    const before = process.listenerCount('SIGINT');
    for await (const i of loop(10)) {
      expect(process.listenerCount('SIGINT')).toBe(before + 1);
      expect(loops().active).toBe(1);
      if (i === 3) break;
    }
    await expect(
      (async () => {
        for await (const i of loop(2)) throw new Error(`thrown at ${i}`);
      })(),
    ).rejects.toThrow('thrown at 0');
    expect(process.listenerCount('SIGINT')).toBe(before);
    expect(loops().active).toBe(0);
  });

  it('refuses a count that is none', async () => {
    await expect(loop(-1).next()).rejects.toThrow('loop: n must be a number of at least 0, got -1');
  });
});

describe('listenForStop', () => {
  it('lets the event loop run at every turn', async () => {
    const stop = listenForStop();
    let ran = false;
    setImmediate(() => {
      ran = true;
    });
    await stop.turn();
    stop.close();
    stop.close();
    expect(ran).toBe(true);
    expect(loops().active).toBe(0);
  });
});
