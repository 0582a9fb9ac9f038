/** Results of the benchmark as a table in Markdown. */
import type { Result, Side, Times } from './result.ts';

export const names: Record<Side, string> = {
  ours: 'the library',
  pytorch: 'PyTorch',
  pytorchCompiled: 'torch.compile',
};
export const short = (seconds: number) =>
  seconds >= 0.9995 ? (1000 * seconds).toFixed(0) : (1000 * seconds).toPrecision(3);

/** What was measured, where and when: a table, and how far both sides agree. */
export function measured(result: Result): string {
  const ms = (t?: Times) => (t ? `${short(t.median)} ms (${short(t.low)} to ${short(t.high)})` : '');
  const compiled = Object.values(result.workloads).some(
    ({ times, failed }) => times.pytorchCompiled ?? failed?.pytorchCompiled,
  );
  const mb = (n?: number) => (n === undefined ? '' : `${n} MB`);
  const ratio = (r?: number) => (r === undefined ? '' : r.toFixed(2));
  const reason = (why?: string) => (why ? `failed: ${why.replaceAll('|', '\\|')}` : '');
  const rows = Object.entries(result.workloads).map(
    ([name, { about, times, megabytes, failed }]) =>
      `| (${name}) ${about} | ${ms(times.ours)} | ${ms(times.pytorch)} | ${ratio(result.ratios[name])} |${compiled ? ` ${ms(times.pytorchCompiled)}${reason(failed?.pytorchCompiled)} | ${ratio(result.ratiosCompiled[name])} |` : ''} ${mb(megabytes.ours)}, ${mb(megabytes.pytorch)} |`,
  );
  const agreement = Object.entries(result.workloads)
    .filter(([, w]) => w.agreement)
    .map(
      ([name, { agreement }]) =>
        `(${name}) ${agreement!.output.toExponential(0)} for the output and ${agreement!.loss.toExponential(0)} for the loss`,
    );
  const agreed =
    agreement.length > 0
      ? `\nThe same weights on both sides agree to ${agreement.join(', ')}, relative to the largest value, over 20 steps.\n`
      : '';
  return `Measured on ${result.date}, ${result.machine}. ${Object.values(result.versions).join('; ')}. Medians of rounds in turns, with the fastest and the slowest round; a ratio above 1 is ours faster.

| workload | the library | PyTorch | ratio |${compiled ? ' torch.compile | ratio |' : ''} memory at its highest, ours and PyTorch's |
| --- | ---: | ---: | ---: |${compiled ? ' ---: | ---: |' : ''} ---: |
${rows.join('\n')}
${agreed}`;
}
