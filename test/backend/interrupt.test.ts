import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Interrupted, listenForStop, loop } from 'naive-diffusion';

const HANG = { timeout: 60_000 };
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

  it.each([-1, NaN])('refuses %s at the call, before anything listens', (n) => {
    const before = process.listenerCount('SIGINT');
    expect(() => loop(n)).toThrow(`loop: n must be a number of at least 0, got ${n}`);
    expect(process.listenerCount('SIGINT')).toBe(before);
    expect(loops().active).toBe(0);
  });

  it('does not listen before it is iterated', () => {
    loop(3);
    expect(loops().active).toBe(0);
  });

  it('that is begun and dropped no longer listens once it is collected', async () => {
    const before = process.listenerCount('SIGINT');
    await (async () => {
      await loop(3).next();
    })();
    expect(loops().active).toBe(1);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await expect
      .poll(() => {
        collect();
        return loops().active;
      }, HANG)
      .toBe(0);
    expect(process.listenerCount('SIGINT')).toBe(before);
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

  it('is heard by all that listen, by none that comes later, and closing one does not make the others deaf', async () => {
    const before = process.listenerCount('SIGINT');
    const all = Array.from({ length: 20 }, () => listenForStop());
    all[0].close();
    all[0].close();
    process.emit('SIGINT');
    const later = listenForStop();
    for (const stop of all.slice(1)) await expect(stop.turn()).rejects.toBeInstanceOf(Interrupted);
    await later.turn();
    process.emit('SIGINT');
    await expect(later.turn()).rejects.toBeInstanceOf(Interrupted);
    for (const stop of [...all, later]) stop.close();
    expect(loops().active).toBe(0);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
