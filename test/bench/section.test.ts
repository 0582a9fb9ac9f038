import { describe, expect, it } from 'vitest';
import { withSection } from '../../bench/section.js';

describe('what stands between two markers', () => {
  const text = 'before\n<!-- results -->\nold\n<!-- end of results -->\nafter $& $1\n';

  it('is replaced, and nothing else; also where nothing stood there', () => {
    const replaced = withSection(text, 'results', 'new $1\n', 'a.md');
    expect(replaced).toBe(text.replace('old', () => 'new $1'));
    expect(withSection(withSection(replaced, 'results', '', 'a.md'), 'results', 'old\n', 'a.md')).toBe(text);
  });

  it.each([
    ['<!-- results -->\n', "a.md: expected a line '<!-- results -->', before what is put there"],
    ['<!-- end of results -->\n', "a.md: expected '<!-- end of results -->' somewhere after '<!-- results -->'"],
  ])('is refused where %j is missing', (marker, error) => {
    expect(() => withSection(text.replace(marker, ''), 'results', 'new', 'a.md')).toThrow(error);
  });

  it('is refused where the end stands before the beginning', () => {
    const turned = '<!-- end of results -->\n<!-- results -->\n';
    expect(() => withSection(turned, 'results', 'new', 'a.md')).toThrow('a.md: expected');
  });
});
