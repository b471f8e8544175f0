const express = require('express');
const http = require('http');
const { Pool } = require('pg');

const at = (port, user = 'shop') => new Pool({ host: '127.0.0.1', port: port, user, database: 'shop', password: 'wrong' });
const shop = at(process.env.SHOP_DB_PORT);
const app = express();

const faults = {
  drift: () => shop.query('select * from reviews'),
  unique: () => shop.query('insert into orders values ($1, $2)', [1, 'eve@example.com']),
  timeout: async () => {
    const client = await shop.connect();
    try {
      await client.query('set statement_timeout = 200');
      await client.query('select pg_sleep(5)');
    } finally {
      client.release(true);
    }
  },
  down: () => at(process.env.SHOP_DEAD_PORT).query('select 1'),
  keyless: () => at(process.env.SHOP_DB_PORT, 'keyless').query('select 1'),
  upstream: () => new Promise((resolve, reject) => {
    http.get(`${process.env.SHOP_PAYMENTS}/pay?card=4111`, (answer) => {
      answer.resume();
      answer.on('end', () => (answer.statusCode < 400 ? resolve() : reject(new Error(`payment failed: ${answer.statusCode}`))));
    }).on('error', reject);
  }),
  cause: async () => undefined.price,
};

app.get('/ok', async (request, response) => {
  response.send(String((await shop.query('select count(*) from orders')).rows[0].count));
});
app.get('/fail/:fault', async (request, response) => {
  await faults[request.params.fault]();
  response.send('ok');
});
const server = app.listen(process.env.PORT, '127.0.0.1');
process.on('SIGTERM', () => server.close(() => setTimeout(process.exit, 500)));
