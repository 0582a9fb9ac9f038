import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * How many processors this process may use at a time, where a container or a service limits it: 1.5, for example.
 * Linux keeps count of it in control groups (cgroups); more threads than that only wait for each other. In each group
 * a limit of its own holds, so that the smallest on the way up counts.
 * @param root the folder under which the system's files lie
 * @returns nothing where there is no limit, or none can be read
 */
export function processorQuota(root = '/'): number | undefined {
  const groups = read(join(root, 'proc/self/cgroup')) ?? '';
  let smallest: number | undefined;
  // Lines such as `0::/group` (version 2) or `4:cpu,cpuacct:/group` (version 1). In a container the group may be named
  // as it is outside, while its files lie at the top.
  for (const [, controllers, group] of groups.matchAll(/^\d+:([^:]*):(.*)$/gm)) {
    const version2 = controllers === '';
    if (!version2 && !controllers.split(',').includes('cpu')) continue;
    for (let at = group; ; at = dirname(at)) {
      const limit = version2
        ? ofVersion2(join(root, 'sys/fs/cgroup', at))
        : ofVersion1(join(root, 'sys/fs/cgroup/cpu', at));
      if (limit !== undefined) smallest = Math.min(smallest ?? limit, limit);
      if (at === '/' || at === '.') break;
    }
  }
  return smallest;
}

/** `cpu.max` holds microseconds of processor time, or `max`, and in how many microseconds. */
function ofVersion2(folder: string): number | undefined {
  const [quota, period] = (read(join(folder, 'cpu.max')) ?? '').trim().split(/\s+/);
  return share(quota, period);
}

function ofVersion1(folder: string): number | undefined {
  return share(read(join(folder, 'cpu.cfs_quota_us')), read(join(folder, 'cpu.cfs_period_us')));
}

function share(quota: string | undefined, period: string | undefined): number | undefined {
  const processors = Number(quota) / Number(period);
  return processors > 0 && processors < Infinity ? processors : undefined;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
