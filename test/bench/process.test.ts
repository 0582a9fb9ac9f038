import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../bench/process.js';

describe('a line of a side', () => {
  it('is an answer where it is an object', () => {
    expect(readAnswer('ours', '{"seconds":2}')).toEqual({ seconds: 2 });
  });

  it.each(['Downloading …', '5', 'null', ''])('%j is refused, with side and line', (line) => {
    expect(() => readAnswer('pytorch', line)).toThrow(`the process of pytorch printed what is no answer: '${line}'`);
  });
});
