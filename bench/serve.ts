import { createInterface } from 'node:readline';
import { ready } from 'naive-diffusion';

/** Takes a request in JSON on each line of the input, and answers each in one line. `do` says which command it is. */
export async function serve<Request extends { do: string }>(
  commands: Record<string, (request: Request) => unknown>,
): Promise<void> {
  await ready();
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    const answer = await Promise.resolve()
      .then(() => commands[request.do](request))
      .catch((error: Error) => ({ error: error.message }));
    console.log(JSON.stringify(answer));
  }
}
