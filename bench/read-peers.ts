/** What the query service is measured beside, each in a process of its own: a join behind Nest, and next to nothing. */
import 'reflect-metadata';
import { createServer } from 'node:http';
import { Controller, Get, Inject, Module, NotFoundException, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Pool } from 'pg';
import { httpComposition, natsComposition, ownerPeer, type Owner } from './composition-peers';

const POOL = Symbol('pool');

const JOIN = `
  select p.product_id, d.title, d.image, d.price, d.currency, p.quantity, p.spent, p.first_purchased_at, p.last_purchased_at, p.order_count
  from read.users_g1 u
  join read.purchases_g1 p on p.user_id = u.id
  join read.products_g1 d on d.id = p.product_id
  where u.id = $1 order by p.last_purchased_at desc, p.product_id desc limit 20`;

@Controller('users')
class JoinController {
  constructor(@Inject(POOL) private readonly pool: Pool) {}

  @Get(':id/products')
  async products(@Param('id') id: string): Promise<object> {
    const { rows } = await this.pool.query({ name: 'join', text: JOIN, values: [id] });
    if (rows.length === 0) throw new NotFoundException();
    return {
      items: rows.map(row => ({
        productId: row.product_id,
        title: row.title,
        image: row.image,
        price: { amount: Number(row.price), currency: row.currency },
        quantity: Number(row.quantity),
        spent: { amount: Number(row.spent), currency: row.currency },
        firstPurchasedAt: row.first_purchased_at,
        lastPurchasedAt: row.last_purchased_at,
        orderCount: row.order_count,
      })),
      pending: 0,
      next: null,
    };
  }
}

@Module({})
class JoinModule {}

async function join(url: string, port: number): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 10, options: '-c jit=off' });
  const module = { module: JoinModule, controllers: [JoinController], providers: [{ provide: POOL, useValue: pool }] };
  const app = await NestFactory.create(module, new FastifyAdapter() as never, { logger: false });
  await app.listen(port, '127.0.0.1');
}

/** The same ready rows, gathered alike, without framework, sign-in, tokens or any check. */
async function bare(url: string, port: number): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 2, options: '-c jit=off' });
  let waiting: { id: string; send: (body: string | undefined) => void }[] = [];
  let [calls, scheduled] = [0, false];
  const schedule = (): void => {
    if (scheduled || calls >= 2 || waiting.length === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      void call(waiting.splice(0, 64));
      schedule();
    });
  };
  const call = async (batch: typeof waiting): Promise<void> => {
    calls += 1;
    const { rows } = await pool.query({
      name: 'pages',
      text: 'select user_id, body from read.pages_g1 where user_id = any($1::uuid[])',
      values: [batch.map(({ id }) => id)],
    });
    const bodies = new Map(rows.map(row => [row.user_id as string, row.body as string]));
    for (const { id, send } of batch) send(bodies.get(id));
    calls -= 1;
    schedule();
  };
  waiting = [];
  createServer((request, response) => {
    const id = request.url!.slice('/users/'.length, '/users/'.length + 36);
    waiting.push({
      id,
      send: body => {
        response.writeHead(body ? 200 : 404, {
          'content-type': 'application/json; charset=utf-8',
          'content-length': Buffer.byteLength(body ?? ''),
        });
        response.end(body);
      },
    });
    schedule();
  }).listen(port, '127.0.0.1');
}

/** `bench peer <name> <port>`; the database's address in PEER_DATABASE_URL. Started by the benches of reads. */
export async function peer([name = '', port]: readonly string[]): Promise<void> {
  const url = process.env.PEER_DATABASE_URL!;
  const owner = (which: Owner) => (at: number) => ownerPeer(which, at);
  const peers: Readonly<Record<string, (port: number) => Promise<void>>> = {
    join: at => join(url, at),
    bare: at => bare(url, at),
    http: httpComposition,
    nats: natsComposition,
    users: owner('users'),
    products: owner('products'),
    orders: owner('orders'),
  };
  await peers[name]!(Number(port));
}
