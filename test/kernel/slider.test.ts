import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kernel, needBuiltLibrary, type Message } from './client.js';

needBuiltLibrary();
let kernel: Kernel;
beforeAll(async () => {
  kernel = await Kernel.start();
  await kernel.run(`import { ready, slider, tf } from 'naive-diffusion';\nawait ready();`);
}, 600_000);
afterAll(() => kernel.stop());

const WIDGET_VIEW = 'application/vnd.jupyter.widget-view+json';
const opened = (outputs: Message[], name: string) =>
  outputs.find(({ type, content }) => type === 'comm_open' && content.data.state._model_name === `${name}Model`)
    ?.content;
/** What the page is told to show, in the order in which it was told. */
const told = (id: string, comm: string): string[] =>
  kernel
    .outputs(id)
    .filter(({ type, content }) => type === 'comm_msg' && content.comm_id === comm && content.data.method === 'update')
    .map(({ content }) => content.data.state.value);
const drag = (comm: string, index: number) =>
  kernel.send('comm_msg', { comm_id: comm, data: { method: 'update', state: { index }, buffer_paths: [] } });

describe('a slider', { timeout: 600_000 }, () => {
  let shown: Message[];
  let sliderId: string;
  let imageId: string;

  test('opens three controls, and shows the outermost beside what stays in a saved notebook', async () => {
    const { outputs, error } = await kernel.run(`const asked: number[] = [];
await slider([0, 0.25, 0.5, 0.75, 1], (t) => {
  asked.push(t);
  if (t === 0.75) throw new Error('not here');
  return tf.fill([2, 8, 8, 1], t);
}, { frames: 3, title: 'From black to white' })`);
    expect(error).toBeUndefined();
    shown = outputs;
    const slider = opened(shown, 'SelectionSlider');
    const box = opened(shown, 'VBox');
    [sliderId, imageId] = [slider.comm_id, opened(shown, 'HTML').comm_id];
    expect(slider.data.state).toMatchObject({ index: 0, description: 't' });
    expect(slider.data.state._options_labels).toHaveLength(5);
    expect(box.data.state.children).toEqual([`IPY_MODEL_${sliderId}`, `IPY_MODEL_${imageId}`]);
    const { data } = outputs.find(({ type }) => type === 'display_data')!.content;
    expect(data[WIDGET_VIEW].model_id).toBe(box.comm_id);
    expect(Object.keys(data).length).toBeGreaterThan(1);
  });

  test('runs the function where it is dragged to, and shows what it gives', async () => {
    const id = await drag(sliderId, 1);
    await kernel.until(() => told(id, imageId).length > 0, 'a picture');
    expect(told(id, imageId)[0]).toMatch(/From black to white.*<img width="\d+" height="\d+" src="data:image\/png/);
    expect((await kernel.run('console.log(asked.join())')).stdout.trim()).toBe('0,0.5,1,0,0.25');
  });

  test('tells an error where the picture would be, and goes on', async () => {
    const wrong = await drag(sliderId, 3);
    await kernel.until(() => told(wrong, imageId).length > 0, 'an error');
    expect(told(wrong, imageId)[0]).toContain('not here');
    const right = await drag(sliderId, 4);
    await kernel.until(() => told(right, imageId).length > 0, 'a picture');
    expect(told(right, imageId)[0]).toContain('<img');
  });

  test('leaves no tensor behind', async () => {
    const tensors = async () => Number((await kernel.run('console.log(tf.memory().numTensors)')).stdout);
    const before = await tensors();
    const id = await drag(sliderId, 2);
    await kernel.until(() => told(id, imageId).length > 0, 'a picture');
    expect(await tensors()).toBe(before);
  });

  test('is told to a page that was loaded again', async () => {
    const { comms } = await kernel.ask('comm_info_request', { target_name: 'jupyter.widget' });
    expect(Object.keys(comms)).toEqual(expect.arrayContaining([sliderId, imageId]));
    await kernel.send('comm_open', { comm_id: 'all', target_name: 'jupyter.widget.control', data: {} });
    const id = await kernel.send('comm_msg', { comm_id: 'all', data: { method: 'request_states' } });
    await kernel.until(() => kernel.outputs(id).some(({ type }) => type === 'comm_msg'), 'all states');
    const { states } = kernel.outputs(id).find(({ type }) => type === 'comm_msg')!.content.data;
    expect(states[sliderId]).toMatchObject({ model_name: 'SelectionSliderModel', state: { index: 2 } });
    expect(states[imageId].state.value).toContain('<img');
  });
});
