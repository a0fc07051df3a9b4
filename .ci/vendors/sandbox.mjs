// Starts the simulated platforms and reads where they are and how to sign in.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const binary = process.env.PALMONAS_BIN;
const patience = 20_000; // ms

// start returns the platforms by name, each with its base URL and settings, and
// a function that ends them. The listing on the standard output is the same as
// that of GET /.
export async function start(orders) {
  if (!binary) throw new Error('PALMONAS_BIN must name the palmonas binary');
  const child = spawn(binary, ['sandbox', '--addr', '127.0.0.1:0', '--orders', String(orders), '--limits', '10000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  try {
    return { platforms: await platforms(child), stop };
  } catch (err) {
    await stop();
    throw err;
  }
}

// platforms asks for the listing at the address that the first line names.
async function platforms(child) {
  const root = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the sandbox did not start')), patience);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(late);
      resolve(new URL('/', line.split(/\s+/)[1]));
    });
  });
  const answer = await fetch(root, { signal: AbortSignal.timeout(patience) });
  const found = {};
  let current;
  for (const line of (await answer.text()).split('\n')) {
    const head = line.match(/^(\S+) {2}(\S+)$/);
    const setting = line.match(/^ {2}(\S.*?) = (.*)$/);
    if (head) current = found[head[1]] = { url: head[2] };
    else if (setting) current[setting[1]] = setting[2];
  }
  return found;
}
