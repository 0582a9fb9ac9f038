import { describe, expect, it } from 'vitest';
import { parseJson } from '../../lib/src/data/json.ts';

describe('parseJson', () => {
  it.each([
    'null',
    '7',
    '[{"a":1},{"a":2}]',
    '{"a":{"a":{"a":[]}},"b":"a"}',
    '{"a":"\\"a\\":","b":["{","a"]}',
    '{"a\\"":1,"a":2}',
  ])('reads %s as JSON.parse does', (text) => expect(parseJson('f: x', text)).toEqual(JSON.parse(text)));

  it.each([
    ['{', /^f: x is not valid JSON \(/],
    ['{"a":1,"a":1}', 'f: x has two entries named "a"'],
    ['{"b":[{"a":1}, {"c":2, "c" :3}]}', 'f: x has two entries named "c"'],
    ['{"a":1,"\\u0061":2}', 'f: x has two entries named "a"'],
    ['{"__proto__":1,"__proto__":2}', 'f: x has two entries named "__proto__"'],
  ])('refuses %s', (text, message) => expect(() => parseJson('f: x', text)).toThrow(message));
});
