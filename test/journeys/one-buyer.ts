/** A shop, its admin and one person who buys: what journeys about dead and wiped parts look at before and after. */
import { after, buy, callOn, newPerson, newProduct, signIn, type Caller, type Person } from './client';
import { Shop, type RunFile } from './shop';

export class OneBuyer {
  /** As the shop ran when it was started or found ready. */
  run!: RunFile;
  call!: Caller;
  admin!: string;
  person!: Person;

  private constructor(readonly shop: Shop) {}

  static async open(): Promise<OneBuyer> {
    const buyer = new OneBuyer(await Shop.create({ REQUESTS_PER_ADDRESS: '1000000' }));
    await buyer.start();
    const { email, password } = buyer.run.admin;
    buyer.admin = (await signIn(buyer.call, email, password)).token;
    buyer.person = await newPerson(buyer.call);
    return buyer;
  }

  /** Also again: what was signed in stays signed in. */
  async start(): Promise<void> {
    this.run = await this.shop.start();
    this.call = callOn(this.run.gateway);
  }

  async expectReady(): Promise<void> {
    this.run = await this.shop.runFile();
    for (const { url } of Object.values(this.run.services))
      expect((await callOn(url)('GET', '/readyz')).status).toBe(200);
  }

  async titlesBought(headers: Record<string, string> = {}): Promise<string[]> {
    const { id, token } = this.person;
    const { status, body, text } = await this.call('GET', `/users/${id}/products`, { token, headers });
    if (status !== 200) throw new Error(`${status} ${text}`);
    return body.items.map((item: { title: string }) => item.title);
  }

  /** Lists a product, buys it, and sees it with the order's token. */
  async buyNew(title: string): Promise<void> {
    const id = await newProduct(this.call, this.admin, { title });
    const order = await buy(this.call, this.person.token, [{ productId: id, quantity: 1 }]);
    expect(order.body.status).toBe('confirmed');
    expect(await this.titlesBought(after(order))).toContain(title);
  }
}
