/** Every answer to a read against what the logs say at the position it names (I14, I15, I20). */
import { outcomeOf, type Answer, type Call } from '../load/history';
import { vectorOf } from '../load/http';
import { areAlike, canonical } from '../model/alike';
import { ordersBody, purchasesBody } from '../model/read-model';
import { judge, nameOf } from './commands';
import type { Check, Evidence } from './evidence';

const PAGE = 20;

const isList = ({ operation }: Call): boolean => operation === 'read-purchases' || operation === 'read-orders';

/** What is shown is at least what was asked for, of the same log. */
function stale(call: Call, { token, shown = {} }: Answer): string[] {
  const [wanted, answered] = [vectorOf(call.token), vectorOf(token)];
  return Object.entries(wanted).flatMap(([log, [incarnation, position]]) => {
    if (answered[log] && answered[log][0] !== incarnation) return [`${nameOf(call)} was answered from another ${log}`];
    return (shown[log] ?? 0) < position
      ? [`${nameOf(call)} asked for ${log} ${position} and was shown ${shown[log] ?? 0}`]
      : [];
  });
}

function wrongBody(call: Call, answer: Answer, { model }: Evidence): string[] {
  const { users = 0, products = 0, orders = 0 } = answer.shown ?? {};
  const at = { users, products, orders };
  const userId = call.actor!;
  const body = JSON.parse(answer.text!);
  const shown =
    call.operation === 'read-purchases'
      ? { items: body.items, pending: body.pending }
      : { items: body.items.map(({ id, status }: { id: string; status: string }) => ({ id, status })) };
  const expected =
    call.operation === 'read-purchases'
      ? purchasesBody(model, userId, at, PAGE)
      : { items: ordersBody(model, userId, at, PAGE) };
  return areAlike(shown, expected)
    ? []
    : [`${nameOf(call)} at ${JSON.stringify(at)} showed ${canonical(shown)}, the logs make ${canonical(expected)}`];
}

function wrongProduct(call: Call, { text, etag }: Answer, { model }: Evidence): string[] {
  const body = JSON.parse(text!);
  const version = Number(/"(\d+)"/.exec(etag ?? '')?.[1] ?? 0);
  const product = model.productInVersion(body.id, version);
  if (!product) return [`${nameOf(call)} showed version ${version}, which the log does not have`];
  const { title, description, image, category, price, currency, available, status } = product;
  const should = {
    id: body.id,
    title,
    description,
    image,
    category,
    price: { amount: price, currency },
    available,
    status,
  };
  return areAlike(body, should)
    ? []
    : [`${nameOf(call)} in version ${version} showed ${canonical(body)}, the log makes ${canonical(should)}`];
}

/** Positions that a client is shown while it sends its tokens only grow. */
function goingBack(calls: readonly Call[]): string[] {
  const last = new Map<string, Record<string, number>>();
  return calls.flatMap(call => {
    const { shown } = outcomeOf(call);
    if (!shown || !call.token) return [];
    const who = `${call.client} ${call.actor}`;
    const before = last.get(who) ?? {};
    last.set(who, { ...before, ...shown });
    return Object.entries(shown).flatMap(([log, position]) =>
      position < (before[log] ?? 0) ? [`${nameOf(call)} went back from ${log} ${before[log]} to ${position}`] : [],
    );
  });
}

export const checkReads: Check = evidence => {
  const { calls } = evidence.history;
  const ok = calls.filter(call => outcomeOf(call).verdict === 'ok');
  const lists = ok.filter(isList);
  const products = ok.filter(({ operation }) => operation === 'read-product');
  const foreign = calls.filter(({ operation }) => operation === 'look-elsewhere');
  const withToken = lists.filter(({ token }) => token !== undefined);
  return [
    judge(
      'I14',
      'a read with a token shows at least that, or says that it cannot',
      withToken.length,
      withToken.flatMap(call => stale(call, outcomeOf(call))),
    ),
    judge('I15', 'what a client is shown never goes back', withToken.length, goingBack(lists)),
    judge('I8r', 'every answer is what the logs make at the position it names', lists.length + products.length, [
      ...lists.flatMap(call => wrongBody(call, outcomeOf(call), evidence)),
      ...products.flatMap(call => wrongProduct(call, outcomeOf(call), evidence)),
    ]),
    judge(
      'I20',
      "nobody is shown what is another user's",
      foreign.length,
      foreign.flatMap(call =>
        outcomeOf(call).verdict === 'ok' ? [`${nameOf(call)} was shown ${call.path} as ${call.actor}`] : [],
      ),
    ),
  ];
};
