// The deeds of the lab as an Express app: every route fails in the way that its name in the lab's table says.
'use strict';
const fs = require('fs');
const path = require('path');
const { spawnSync } = require('child_process');
const express = require('express');
const { Pool } = require('pg');
const Redis = require('ioredis');
const amqp = require('amqplib');

const env = process.env;
const HOST = '127.0.0.1';
if (env.LAB_BROKEN === 'import') require('payment-sdk');
if (env.LAB_BROKEN === 'setting' && !env.SESSION_SECRET) throw new Error('SESSION_SECRET is not set');

const app = express();
const get = (route, deed) => app.get(`/${route}`, async (request, response) => {
  const result = await deed(request, response);
  if (!response.headersSent) response.send(String(result ?? 'done'));
});
const sleep = (s) => new Promise((resolve) => setTimeout(resolve, s * 1000));

// --- the database
const elsewhere = (changes) => {
  const url = new URL(env.LAB_DATABASE);
  return { host: url.hostname, port: Number(url.port), user: url.username, password: url.password,
    database: url.pathname.slice(1), connectionTimeoutMillis: 2000, ...changes };
};
const pool = new Pool({ ...elsewhere({}), max: 8 });
pool.on('error', (error) => console.error('an idle connection broke:', error.message));
const single = new Pool({ ...elsewhere({}), max: 1, connectionTimeoutMillis: 400 });
const count = async (where) => (await where.query('select count(*) from items')).rows[0].count;
const countAt = async (changes) => {
  const other = new Pool(elsewhere(changes));
  try { return await count(other); } finally { await other.end(); }
};
const run = async (...statements) => {
  const client = await pool.connect();
  let broken;
  client.on('error', () => { broken = true; });
  try {
    await client.query('begin');
    for (const statement of statements) {
      if (typeof statement === 'number') await sleep(statement); else await client.query(statement);
    }
    await client.query('commit');
  } catch (error) {
    broken = true;
    throw error;
  } finally {
    client.release(broken);
  }
};
get('items/count', () => count(pool));
get('stock/from-closed-port', () => countAt({ port: Number(env.LAB_CLOSED_PORT) }));
get('stock/from-silent-host', () => countAt({ port: Number(env.LAB_HOLE_PORT) }));
get('stock/from-lost-name', () => countAt({ host: 'db.invalid' }));
get('stock/with-old-password', () => countAt({ password: 'expired-last-week' }));
get('stock/other-database', () => countAt({ database: 'never_created' }));
get('items/add-twice', () => run("insert into items (id, name, stock) values (1, 'tea', 1)"));
get('items/add-nameless', () => run('insert into items (id, name, stock) values (901, null, 1)'));
get('orders/of-nothing', () => run('insert into orders (id, item_id) values (901, 77777)'));
get('items/take-too-many', () => run('update items set stock = stock - 1000 where id = 3'));
get('items/count-all-tea', () => run('update items set stock = 99999999999 where id = 5'));
get('search', () => run('select name form items wher id = 1'));
get('loyalty', () => run('select * from loyalty_points'));
get('colours', () => run('select colour from items'));
get('payroll', () => run('select amount from salaries'));
get('ledger', () => run('select count(note) from ledger'));
get('report/limited', () => run('set local statement_timeout = 300', 'select pg_sleep(3)'));
get('report', (request) => run(`select pg_sleep(${Number(request.query.s ?? 6)})`));
get('report/short', () => run('select pg_sleep(0.8)'));
get('visits/add', () => run('set transaction read only', 'update items set stock = stock + 1 where id = 4'));
get('archive', () => run('insert into archive select repeat(md5(random()::text), 60) from generate_series(1, 40000)'));
get('transfer', (request) => run(
  `update items set stock = stock + 1 where id = ${Number(request.query.from)}`, 0.5,
  `update items set stock = stock + 1 where id = ${Number(request.query.to)}`));
get('count-shelf', () => run('update items set stock = stock where id = 7', 2));
get('reserve', () => run("set local lock_timeout = '300ms'", 'update items set stock = stock - 1 where id = 7'));
get('rebalance', () => run('set transaction isolation level serializable',
  'select sum(stock) from items where id in (8, 9)', 0.5, 'update items set stock = stock + 1 where id = 8'));
get('items/add-if-new', async (_request, response) => {
  try { return await run("insert into items (id, name, stock) values (1, 'tea', 1)"); } catch (error) {
    if (error.code !== '23505') throw error;
    response.status(409).send('there is one already');
  }
});
get('items/add-and-count', async () => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query("insert into items (id, name, stock) values (1, 'tea', 1)").catch(() => {});
    return (await client.query('select count(*) from items')).rows[0].count;
  } finally { client.release(true); }
});
get('stock/wherever', async () => {
  try { return await countAt({ port: Number(env.LAB_CLOSED_PORT) }); } catch { return count(pool); }
});
get('basket/merge', async () => {
  const one = await single.connect();
  try { (await single.connect()).release(); } finally { one.release(); }
});

// --- outside services
const ask = async (url, check = true) => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(1000) });
  if (check && !answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer;
};
const rate = (route, url) => get(route, async () => (await (await ask(url)).json()).rate);
rate('rates', `${env.LAB_OUTSIDE}/rate`);
rate('rates/broken', `${env.LAB_OUTSIDE}/status/500`);
rate('rates/closed-for-repair', `${env.LAB_OUTSIDE}/status/503`);
rate('rates/too-often', `${env.LAB_OUTSIDE}/status/429`);
rate('rates/old-key', `${env.LAB_OUTSIDE}/status/401`);
rate('rates/gone', `${env.LAB_OUTSIDE}/status/404`);
rate('rates/slow', `${env.LAB_OUTSIDE}/slow`);
rate('rates/cut', `${env.LAB_OUTSIDE}/reset`);
rate('rates/html', `${env.LAB_OUTSIDE}/html`);
rate('rates/empty', `${env.LAB_OUTSIDE}/empty`);
rate('rates/forbidden', `${env.LAB_OUTSIDE}/status/403`);
rate('rates/round-and-round', `${env.LAB_OUTSIDE}/loop`);
rate('rates/nobody', `http://${HOST}:${env.LAB_CLOSED_PORT}/rate`);
rate('rates/lost-name', 'http://rates.invalid/rate');
rate('rates/secure', `${env.LAB_OUTSIDE.replace('http:', 'https:')}/rate`);
get('rates/retry', async (request) => {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const answer = await ask(`${env.LAB_OUTSIDE}/flaky/${request.query.key}`, false);
    if (answer.ok) return (await answer.json()).rate;
  }
  throw new Error('no rate');
});
get('rates/guess', async () => {
  try { return (await (await ask(`${env.LAB_OUTSIDE}/status/500`)).json()).rate; } catch { return 'about 2'; }
});
get('cards/declined', async (_request, response) => {
  const answer = await ask(`${env.LAB_OUTSIDE}/status/402`, false);
  response.status(answer.status).send('your bank declined');
});
get('rates/then-bug', async () => {
  const rates = {};
  await ask(`${env.LAB_OUTSIDE}/status/404`, false);
  return rates.eur.value;
});

// --- the cache
const remember = (route, port, login = {}) => get(route, async () => {
  const client = new Redis({ host: HOST, port: Number(port), lazyConnect: true, retryStrategy: null,
    maxRetriesPerRequest: 0, connectTimeout: 800, commandTimeout: 800, ...login });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.set('basket', 'tea'.repeat(100));
    return await client.get('basket');
  } finally {
    client.disconnect();
  }
});
const cache = new Redis({ host: HOST, port: Number(env.LAB_REDIS), maxRetriesPerRequest: 0, commandTimeout: 800 });
cache.on('error', () => {});
get('basket', async () => {
  await cache.set('basket', 'tea'.repeat(100));
  return cache.get('basket');
});
remember('basket/closed', env.LAB_CLOSED_PORT);
remember('basket/full', env.LAB_REDIS_FULL);
remember('basket/replica', env.LAB_REDIS_REPLICA);
remember('basket/old-password', env.LAB_REDIS, { username: 'shop', password: 'expired-last-week' });
get('basket/maybe', async () => {
  const client = new Redis({ host: HOST, port: Number(env.LAB_CLOSED_PORT), lazyConnect: true, retryStrategy: null });
  client.on('error', () => {});
  try { await client.connect(); } catch { return 'an empty basket'; } finally { client.disconnect(); }
});

// --- the broker
const publish = (route, port, queue, pause = 0) => get(route, async () => {
  const connection = await amqp.connect(`amqp://guest:guest@${HOST}:${port}?heartbeat=1`, { timeout: 1500 });
  let failed;
  connection.on('error', (error) => { failed = error; });
  try {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => {});
    await sleep(pause);
    channel.sendToQueue(queue, Buffer.from('one tea'));
    await channel.waitForConfirms();
  } catch (error) {
    throw failed ?? error;
  } finally {
    connection.close().catch(() => {});
  }
});
publish('send', env.LAB_RABBITMQ, 'orders');
publish('send/slowly', env.LAB_RABBITMQ, 'orders', 1);
publish('send/closed', env.LAB_CLOSED_PORT, 'orders');
publish('send/full', env.LAB_RABBITMQ, 'full');

// --- the app itself
const answer = (route, status, text, headers = {}) => get(route, (_request, response) => {
  response.status(status).set(headers).send(text);
});
get('ok', () => 'ok');
answer('answer/500', 500, 'sorry');
answer('abort', 503, 'not now');
answer('answer/404', 404, 'no such thing');
answer('answer/422', 422, 'that is no number');
answer('answer/302', 302, '', { Location: '/ok' });
answer('header', 200, 'ok', { 'X-Basket': 'tea,'.repeat(20000) });
get('discount', (request) => BigInt(100) / BigInt(request.query.by ?? 0));
get('profile', () => ({ name: 'eve' }).address.street);
get('category', () => { const ancestors = (of) => ancestors(of) + 1; return ancestors(1); });
get('invoice/chained', () => {
  try { return [].reduce((sum, line) => sum + line); } catch (error) {
    throw new Error('no invoice could be made', { cause: error });
  }
});
get('recovered', () => { try { return null.value; } catch { return 'nothing'; } });
get('label', () => require('label-printer'));
get('gift-card', () => {
  if (!env.GIFT_CARD_KEY) throw new Error('GIFT_CARD_KEY is not set');
  return env.GIFT_CARD_KEY;
});
get('thumbnail/as-program', () => {
  const tool = path.join(env.LAB_FOLDER, 'thumbnailer-node');
  fs.writeFileSync(tool, 'no program', { mode: 0o600 });
  const done = spawnSync(tool);
  if (done.error) throw done.error;
});
get('export', () => {
  const file = path.join(env.LAB_SMALL_DISK || '/dev', env.LAB_SMALL_DISK ? 'export-node.csv' : 'full');
  fs.writeFileSync(file, Buffer.alloc(64 << 20, 'a line of the export\n'));
});
get('panorama', () => new ArrayBuffer(2 ** 46).byteLength);
get('hold', (request) => sleep(Number(request.query.s ?? 6)));
get('block', (request) => { const end = Date.now() + Number(request.query.s ?? 6) * 1000; while (Date.now() < end); });
// --- what came later
get('items/price-per-nothing', () => run('select 1 / (stock - stock) from items where id = 1'));
get('items/by-name-as-number', () => run("select count(*) from items where id = 'tea'::text::int"));
get('items/on-the-31st-of-june', () => run("select date '2024-06-31'"));
get('items/only-one-of-many', () => run('select (select id from items where id < 3)'));
get('items/which-id', () => run('select id from items join orders on item_id = items.id'));
get('items/sum-of-sums', () => run('select sum(sum(stock)) from items'));
get('items/two-columns', () => run('insert into orders (id, item_id) values (1, 2, 3)'));
get('items/drop', () => run('drop table items'));
get('archive/schema', () => run('create table warehouse.items (id int)'));
get('sort/on-disk', () => run('select count(*) from (select n from generate_series(1, 3000000) as n order by n desc) as s'));
get('stock/as-retired-user', () => countAt({ user: 'retired' }));
get('stock/as-locked-user', () => countAt({ user: 'locked' }));
get('stock/as-crowded-user', () => countAt({ user: 'crowded' }));
get('stock/as-guest', () => countAt({ database: 'private' }));
get('stock/after-a-nap', async () => {
  const client = await pool.connect();
  client.on('error', () => {});
  try {
    await client.query('begin');
    await client.query('set idle_in_transaction_session_timeout = 500');
    await sleep(1.6);
    return (await client.query('select count(*) from items')).rows[0].count;
  } finally { client.release(true); }
});
get('report/patience', async () => {
  const other = new Pool(elsewhere({ query_timeout: 300 }));
  try { return (await other.query('select pg_sleep(2)')).rows[0]; } finally { other.end().catch(() => {}); }
});
get('items/of-a-closed-connection', async () => {
  const other = new Pool(elsewhere({}));
  await count(other);
  await other.end();
  return count(other);
});
get('items/too-many-values', () => pool.query('select count(*) from items where id = $1', [1, 2, 3]));
get('items/none-there', async () => (await pool.query('select name from items where id = 4711')).rows[0].name);
get('items/add-and-give-up', async (_request, response) => {
  try { return await run('select * from loyalty_points'); } catch { response.status(503).send('no loyalty today'); }
});
get('items/bad-input', async (_request, response) => {
  try { return await run("select count(*) from items where id = 'tea'::text::int"); } catch { response.status(400).send('that is no number'); }
});
get('items/add-again', async () => {
  await run("insert into items (id, name, stock) values (1, 'tea', 1)").catch(() => {});
  return count(pool);
});
const aside = async () => {
  const client = new Redis({ host: HOST, port: Number(env.LAB_CLOSED_PORT), lazyConnect: true, retryStrategy: null });
  client.on('error', () => {});
  try { await client.connect(); } finally { client.disconnect(); }
};
get('stock/without-cache', async () => { try { return await aside(); } catch { return run('select * from loyalty_points'); } });
get('stock/and-rates', async () => {
  try { return await countAt({ port: Number(env.LAB_CLOSED_PORT) }); } catch { return (await ask(`${env.LAB_OUTSIDE}/status/500`)).status; }
});
get('stock/and-bug', async () => {
  let stock;
  try { stock = await countAt({ port: Number(env.LAB_CLOSED_PORT) }); } catch { stock = undefined; }
  return stock.tea.count;
});
get('stock/wrapped', async () => {
  try { return await run('select * from loyalty_points'); } catch (error) { throw new Error('no stock today', { cause: error }); }
});
const say = (route, ...command) => get(route, async () => {
  await cache.set('name', 'tea');
  return cache.call(...command);
});
say('basket/as-list', 'LPUSH', 'name', 'tea');
say('basket/as-number', 'INCR', 'name');
say('basket/unknown-script', 'EVALSHA', '0'.repeat(40), '0');
say('basket/broken-script', 'EVAL', "return redis.call('nope')", '0');
say('basket/unknown-command', 'BASKET', '1');
remember('basket/secret', env.LAB_REDIS_SECRET);
remember('basket/cluster', env.LAB_REDIS_CLUSTER);
get('basket/next', async () => {
  const client = new Redis({ host: HOST, port: Number(env.LAB_REDIS), commandTimeout: 800 });
  try { return await client.blpop('nobody-pushes', 3); } finally { client.disconnect(); }
});
get('basket/maybe-a-list', async () => {
  await cache.set('name', 'tea');
  try { return await cache.lpush('name', 'tea'); } catch { return 'an empty basket'; }
});
rate('rates/bad-gateway', `${env.LAB_OUTSIDE}/status/502`);
rate('rates/gateway-timeout', `${env.LAB_OUTSIDE}/status/504`);
rate('rates/bad-request', `${env.LAB_OUTSIDE}/status/400`);
rate('rates/unprocessable', `${env.LAB_OUTSIDE}/status/422`);
rate('rates/half', `${env.LAB_OUTSIDE}/half`);
rate('rates/bad-chunk', `${env.LAB_OUTSIDE}/chunk`);
rate('rates/not-gzip', `${env.LAB_OUTSIDE}/gzip`);
rate('rates/half-json', `${env.LAB_OUTSIDE}/json`);
rate('rates/drip', `${env.LAB_OUTSIDE}/drip`);
rate('rates/no-scheme', 'rates.example/rate');
rate('rates/self-signed', `https://${HOST}:${env.LAB_SECURE}/rate`);
rate('rates/plain-to-tls', `http://${HOST}:${env.LAB_SECURE}/rate`);
const passOn = (route, url, status) => get(route, async (_request, response) => {
  try { return (await (await ask(url)).json()).rate; } catch { response.status(status).send('no rate'); }
});
passOn('rates/passed-on/broken', `${env.LAB_OUTSIDE}/status/500`, 502);
passOn('rates/passed-on/slow', `${env.LAB_OUTSIDE}/slow`, 504);
passOn('rates/passed-on/too-often', `${env.LAB_OUTSIDE}/status/429`, 503);
passOn('rates/passed-on/nobody', `http://${HOST}:${env.LAB_CLOSED_PORT}/rate`, 503);
passOn('rates/passed-on/not-found', `${env.LAB_OUTSIDE}/status/404`, 404);
passOn('rates/passed-on/too-often-too', `${env.LAB_OUTSIDE}/status/429`, 429);
get('rates/bad-header', async () => (await fetch(`${env.LAB_OUTSIDE}/rate`, { headers: { 'X-Key': 'one\ntwo' } })).json());
get('rates/second-mirror', async () => {
  try { return (await ask(`http://${HOST}:${env.LAB_CLOSED_PORT}/rate`)).status; } catch { return (await ask(`${env.LAB_OUTSIDE}/slow`)).status; }
});
answer('answer/501', 501, 'not yet');
get('header/two-lines', (_request, response) => { response.setHeader('X-Basket', 'tea\ncoffee'); });
get('header/foreign', (_request, response) => { response.setHeader('X-Basket', '\u8336'); });
get('json/set', (_request, response) => { const a = {}; a.a = a; response.json(a); });
get('report/failed', () => require('child_process').execFileSync('false'));
get('report/child', () => require('child_process').execSync('kill -9 $$'));
get('report/threads', () => new Promise((_resolve, reject) => {
  new (require('worker_threads').Worker)('throw new RangeError("no fourth item")', { eval: true }).on('error', reject);
}));
get('report/group', () => Promise.any([Promise.reject(new Error('no number')), Promise.reject(new TypeError('tea'))]));
get('assert', () => require('assert').strictEqual(1, 2));
get('raise/connection', () => { const error = new Error('the customer did not decide in time'); error.name = 'TimeoutError'; throw error; });
get('log/errors', () => { console.error('connection to postgresql://db:5432/shop refused; using the copy'); return 'ok'; });
if (env.LAB_BROKEN === 'syntax') new Function('return (');
const ready = env.LAB_BROKEN === 'database' ? countAt({ port: Number(env.LAB_CLOSED_PORT) }) : Promise.resolve();
ready.then(() => app.listen(Number(env.LAB_PORT), HOST));
