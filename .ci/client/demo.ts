// Starts the demo and tells where it is, and how its people sign in.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const patience = 120_000; // ms; a busy machine takes its time

export interface Demo {
  base: string;
  stop(): Promise<void>;
}

// startDemo runs the binary that PALMONAS_BIN names.
export async function startDemo(password: string, orders: number): Promise<Demo> {
  const binary = process.env['PALMONAS_BIN'];
  if (!binary) throw new Error('PALMONAS_BIN must name the palmonas binary');
  const child = spawn(binary, ['demo', '--addr', '127.0.0.1:0', '--orders', String(orders), '--live=false', '--password', password], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PALMONAS_LOG_LEVEL: 'error' },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    const base = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the demo did not start')), patience);
      late.unref();
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the demo ended with ${code}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const found = /http:\/\/(127\.0\.0\.1|localhost):\d+/.exec(line);
        if (!found) return;
        clearTimeout(late);
        resolve(found[0]);
      });
    });
    await ready(base);
    return { base, stop };
  } catch (err) {
    await stop();
    throw err;
  }
}

async function ready(base: string): Promise<void> {
  for (const until = Date.now() + patience; Date.now() < until; ) {
    const answer = await fetch(new URL('/readyz', base)).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the demo is not ready');
}
