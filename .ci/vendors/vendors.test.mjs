// The vendors' own clients read and change orders in the simulated platforms.
// A client that works here and fails there would mean that the simulation, and
// whatever was tested against it, is wrong.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import '@shopify/shopify-api/adapters/node';
import { ApiVersion, GraphqlQueryError, HttpResponseError, LogSeverity, shopifyApi } from '@shopify/shopify-api';
import { restResources } from '@shopify/shopify-api/rest/admin/2026-04';
import { setAbstractFetchFunc } from '@shopify/shopify-api/runtime';
import woocommerce from '@woocommerce/woocommerce-rest-api';

import { start } from './sandbox.mjs';

const WooCommerceRestApi = woocommerce.default ?? woocommerce; // the package is CommonJS
const shop = 'palmonas.myshopify.com';
const noSuchOrder = 987_654_321;

let platforms, stop;
// So many that some wait to be packed at any time of the day.
before(async () => {
  ({ platforms, stop } = await start(2000));
});
after(() => stop?.());

// eachOnce fails when a list over several pages misses or repeats an order.
function eachOnce(pages, total) {
  const ids = pages.flat().map((o) => String(o.id));
  assert.ok(pages.length > 1, `all ${ids.length} orders came on one page`);
  assert.equal(new Set(ids).size, ids.length, 'an order was listed twice');
  assert.equal(ids.length, total, 'the pages do not add up to the count');
}

// Over plain HTTP the client signs with OAuth 1.0a; queryStringAuth sends the
// key pair as over HTTPS.
for (const queryStringAuth of [false, true]) {
  const way = queryStringAuth ? 'key pair in the query' : 'OAuth 1.0a';
  const client = (secret) =>
    new WooCommerceRestApi({
      url: platforms.woocommerce.url,
      version: 'wc/v3',
      consumerKey: platforms.woocommerce.consumer_key,
      consumerSecret: secret ?? platforms.woocommerce.consumer_secret,
      queryStringAuth,
      timeout: 10_000,
    });

  test(`@woocommerce/woocommerce-rest-api, ${way}: lists, pages, reads, updates`, async () => {
    const api = client();
    const pages = [];
    let total, last;
    do {
      const answer = await api.get('orders', { per_page: 50, page: pages.length + 1, orderby: 'date', order: 'asc' });
      total = Number(answer.headers['x-wp-total']);
      last = Number(answer.headers['x-wp-totalpages']);
      pages.push(answer.data);
    } while (pages.length < last);
    eachOnce(pages, total);

    const paid = pages.flat().find((o) => o.status === 'processing');
    assert.ok(paid, 'no order waits to be packed');
    const { data: read } = await api.get(`orders/${paid.id}`);
    assert.equal(read.number, paid.number);
    assert.match(read.total, /^\d+\.\d\d$/);
    assert.ok(read.line_items.length > 0);

    const { data: updated } = await api.put(`orders/${paid.id}`, { status: 'completed' });
    assert.equal(updated.status, 'completed');
    const { data: again } = await api.get(`orders/${paid.id}`);
    assert.equal(again.status, 'completed');
    assert.ok(again.date_completed_gmt, 'a completed order says when');
    const { data: note } = await api.post(`orders/${paid.id}/notes`, { note: 'handed over' });
    assert.equal(note.note, 'handed over');
    const { data: listed } = await api.get('orders', { status: 'completed', include: [paid.id] });
    assert.deepEqual(listed.map((o) => o.id), [paid.id]);
  });

  test(`@woocommerce/woocommerce-rest-api, ${way}: refusals`, async () => {
    const refusal = (status, code) => (err) => {
      assert.equal(err.response?.status, status);
      assert.equal(err.response.data.code, code);
      return true;
    };
    await assert.rejects(client('cs_wrong').get('orders'), refusal(401, 'woocommerce_rest_authentication_error'));
    await assert.rejects(client().get(`orders/${noSuchOrder}`), refusal(404, 'woocommerce_rest_shop_order_invalid_id'));
    await assert.rejects(client().put('orders/1', { status: 'nonsense' }), (err) => err.response?.status >= 400 && err.response.status < 500);
  });
}

// Shopify's client only speaks HTTPS to *.myshopify.com. Its runtime layer is
// made for replacing the fetch function: this one sends what is meant for the
// shop to the sandbox, unchanged otherwise, and nothing anywhere else.
function shopifyClient() {
  setAbstractFetchFunc((address, init) => {
    const asked = new URL(address);
    if (asked.protocol !== 'https:' || asked.host !== shop) throw new Error(`a request to ${asked.origin}`);
    return fetch(platforms.shopify.url + asked.pathname + asked.search, init);
  });
  return shopifyApi({
    apiKey: platforms.shopify.client_id,
    apiSecretKey: platforms.shopify.client_secret,
    apiVersion: ApiVersion.April26,
    hostName: 'crm.palmonas.example',
    isEmbeddedApp: false,
    restResources,
    future: { customerAddressDefaultFix: true, unstable_managedPricingSupport: true },
    logger: { level: LogSeverity.Error },
  });
}

test('@shopify/shopify-api: lists, pages, reads, fulfils', async () => {
  const shopify = shopifyClient();
  const { session } = await shopify.auth.clientCredentials({ shop });
  assert.ok(session.accessToken && session.expires > new Date());
  const { Order, FulfillmentOrder, Fulfillment } = shopify.rest;

  const { count } = await Order.count({ session, status: 'any' });
  const pages = [];
  for (let query = { status: 'any', limit: '50' }; query; ) {
    const answer = await Order.all({ session, ...query });
    pages.push(answer.data);
    query = answer.pageInfo?.nextPage?.query;
  }
  eachOnce(pages, Number(count));

  const open = pages.flat().find((o) => !o.fulfillment_status && !o.cancelled_at && !o.closed_at);
  assert.ok(open, 'no order waits to be sent');
  const read = await Order.find({ session, id: open.id });
  assert.equal(read.name, open.name);
  assert.equal(read.currency, 'INR');

  const { data: asked } = await FulfillmentOrder.all({ session, order_id: open.id });
  const parcel = new Fulfillment({ session });
  parcel.line_items_by_fulfillment_order = [{ fulfillment_order_id: Number(asked[0].id) }];
  parcel.tracking_info = { company: 'Delhivery', number: 'DL00112233' };
  await parcel.save({ update: true });
  assert.equal(parcel.status, 'success');
  const sent = await Order.find({ session, id: open.id });
  assert.equal(sent.fulfillment_status, 'fulfilled');
  assert.equal(sent.fulfillments.at(-1).tracking_number, 'DL00112233');

  sent.note = 'gift wrapped';
  await sent.save({ update: true });
  assert.equal((await Order.find({ session, id: open.id })).note, 'gift wrapped');
});

test('@shopify/shopify-api, GraphQL: lists, pages, reads, changes, refusals', async () => {
  const shopify = shopifyClient();
  const { session } = await shopify.auth.clientCredentials({ shop });
  const client = new shopify.clients.Graphql({ session });
  const list = `query ($after: String) { orders(first: 50, after: $after, sortKey: UPDATED_AT, query: "status:any") {
    nodes { id name displayFulfillmentStatus totalPriceSet { shopMoney { amount currencyCode } } } pageInfo { hasNextPage endCursor } } }`;
  const pages = [];
  for (let after = null, more = true; more; ) {
    const { data } = await client.request(list, { variables: { after } });
    pages.push(data.orders.nodes);
    more = data.orders.pageInfo.hasNextPage;
    after = data.orders.pageInfo.endCursor;
  }
  const { count } = await shopify.rest.Order.count({ session, status: 'any' });
  eachOnce(pages, Number(count));

  const [first] = pages.flat();
  const read = 'query ($id: ID!) { order(id: $id) { name tags totalPriceSet { shopMoney { amount currencyCode } } } }';
  const { data } = await client.request(read, { variables: { id: first.id } });
  assert.equal(data.order.name, first.name);
  assert.deepEqual(data.order.totalPriceSet, first.totalPriceSet);
  const tag = 'mutation ($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { userErrors { field message } } }';
  const tagged = await client.request(tag, { variables: { id: first.id, tags: ['handle with care'] } });
  assert.deepEqual(tagged.data.tagsAdd.userErrors, []);
  const again = await client.request(read, { variables: { id: first.id } });
  assert.ok(again.data.order.tags.includes('handle with care'));

  await assert.rejects(client.request('{ nothingLikeThis }'), GraphqlQueryError);
  session.accessToken = 'shpat_wrong';
  await assert.rejects(new shopify.clients.Graphql({ session }).request('{ shop { name } }'), (err) => err.response?.code === 401);
});

test('@shopify/shopify-api: refusals', async () => {
  const shopify = shopifyClient();
  const refusal = (status) => (err) => err instanceof HttpResponseError && err.response.code === status;
  const { session } = await shopify.auth.clientCredentials({ shop });
  await assert.rejects(shopify.rest.Order.find({ session, id: noSuchOrder }), refusal(404));
  session.accessToken = 'shpat_wrong';
  await assert.rejects(shopify.rest.Order.all({ session }), refusal(401));
});
