// A client generated from openapi.yaml does a day's work against the demo: the
// compiler checks that the description says enough, the test that it is true.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './api.js';
import { startDemo, type Demo } from './demo.js';

type Order = components['schemas']['Order'];

const password = `generated client ${randomUUID()}`;
let demo: Demo;
let api: Client<paths>;

// got is the data of an answer that has to be a success.
function got<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  assert.ok(answer.data !== undefined, `${answer.response.url} answered ${answer.response.status}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

async function signIn(email: string): Promise<Client<paths>> {
  const anonymous = createClient<paths>({ baseUrl: demo.base });
  const { token, user } = got(await anonymous.POST('/api/auth/login', { body: { email, password } }));
  assert.equal(user.email, email);
  return createClient<paths>({ baseUrl: demo.base, headers: { Authorization: `Bearer ${token}` } });
}

before(async () => {
  demo = await startDemo(password, 120);
  api = await signIn('admin@palmonas.demo');
});

after(() => demo?.stop());

test('lists orders page by page, each once', async () => {
  const seen = new Set<string>();
  let cursor: string | undefined;
  let total = 0;
  do {
    const query = cursor === undefined ? { limit: 50 as const } : { limit: 50 as const, after: cursor };
    const page = got(await api.GET('/api/orders', { params: { query } }));
    for (const order of page.orders) {
      assert.ok(!seen.has(order.id), `${order.id} came twice`);
      seen.add(order.id);
      assert.match(order.total?.amount ?? '', /^\d+\.\d{2}$/, `the total of ${order.id}`);
      assert.ok(!Number.isNaN(Date.parse(order.orderedAt)));
    }
    total = page.pagination.total ?? total;
    cursor = page.pagination.next ?? undefined;
  } while (cursor !== undefined);
  assert.ok(seen.size > 0);
  assert.equal(seen.size, total);
});

test('filters by several platforms', async () => {
  const page = got(await api.GET('/api/orders', { params: { query: { platform: ['amazon', 'flipkart'], limit: 100 } } }));
  assert.deepEqual([...new Set(page.orders.map((o) => o.platform))].sort(), ['amazon', 'flipkart']);
});

async function pending(): Promise<Order> {
  const made = got(
    await api.POST('/api/orders', {
      params: { header: { 'Idempotency-Key': randomUUID() } },
      body: {
        channel: (got(await api.GET('/api/channels')).channels.find((c) => c.platform === 'organic') ?? assert.fail('no website')).id,
        orderNumber: `GEN-${randomUUID().slice(0, 8)}`,
        orderedAt: new Date(Date.now() - 60_000).toISOString(),
        customer: { name: 'Generated Client' },
        items: [{ sku: 'RING-1', title: 'Ring', quantity: 2, unitPrice: { amount: '1299.00', currency: 'INR' } }],
      },
    }),
  );
  assert.equal(made.status, 'pending');
  return made;
}

test('updates an order, and is told when it was too late', async () => {
  const order = await pending();
  const path = { id: order.id };
  const changed = got(await api.PUT('/api/orders/{id}/status', { params: { path }, body: { status: 'confirmed', note: 'by a generated client', version: order.version } }));
  assert.equal(changed.status, 'confirmed');
  assert.ok(changed.version > order.version);
  assert.equal(got(await api.GET('/api/orders/{id}', { params: { path } })).status, 'confirmed');

  const late = await api.PUT('/api/orders/{id}/status', { params: { path }, body: { status: 'processing', version: order.version } });
  assert.equal(late.response.status, 409);
  assert.ok(late.error?.requestId);
  const illegal = await api.PUT('/api/orders/{id}/status', { params: { path }, body: { status: 'pending', version: changed.version } });
  assert.equal(illegal.response.status, 409);

  const tagged = got(await api.PUT('/api/orders/{id}', { params: { path }, body: { tags: ['generated'], version: changed.version } }));
  assert.deepEqual(tagged.tags, ['generated']);
});

test('exports what it lists', async () => {
  const { jobId } = got(await api.POST('/api/orders/export', { body: { query: 'platform=amazon', format: 'ndjson' } }));
  let job = got(await api.GET('/api/jobs/{id}', { params: { path: { id: jobId } } }));
  for (const until = Date.now() + 60_000; job.state === 'running' && Date.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    job = got(await api.GET('/api/jobs/{id}', { params: { path: { id: jobId } } }));
  }
  assert.equal(job.state, 'done', job.error);
  const name = job.files[0] ?? assert.fail('the job left no file');
  const file = got(await api.GET('/api/jobs/{id}/files/{name}', { params: { path: { id: jobId, name } }, parseAs: 'text' })) as string;
  const exported = file.trim().split('\n').map((line) => (JSON.parse(line) as Order).platform);
  const listed = got(await api.GET('/api/orders', { params: { query: { platform: ['amazon'], limit: 20 } } }));
  assert.equal(exported.length, listed.pagination.total);
  assert.deepEqual([...new Set(exported)], ['amazon']);
});

test('may do what its user may', async () => {
  const reader = await signIn('readonly@palmonas.demo');
  const page = got(await reader.GET('/api/orders', { params: { query: { limit: 20 } } }));
  const id = page.orders[0]?.id ?? assert.fail('no orders');
  const refused = await reader.PUT('/api/orders/{id}/status', { params: { path: { id } }, body: { status: 'confirmed', version: 1 } });
  assert.equal(refused.response.status, 403);
  const stranger = await createClient<paths>({ baseUrl: demo.base }).GET('/api/orders');
  assert.equal(stranger.response.status, 401);
});
