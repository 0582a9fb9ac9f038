const FENCED = /^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm;
const PRINTED = /^<pre v-pre[\s\S]*?<\/pre>$/gm;
const FIGURE = /^<(figure|PlotlyFigure|div v-pre) .*$/gm;

/**
 * What of a page's source can be searched for: its words. Programs and outputs are not among them, and of a page of the
 * API only what stands before its first section.
 * @param page its file, from the folder of all pages
 */
export function searchable(source: string, page: string): string {
  const text = page.startsWith('api/') && page !== 'api/index.md' ? source.split(/^## /m)[0] : source;
  return text.replaceAll(FENCED, '').replaceAll(PRINTED, '').replaceAll(FIGURE, '').replaceAll('$', '');
}
