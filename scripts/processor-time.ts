/** Seconds of work of all cores together since this process began: other programs disturb them less than the clock. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
